package report

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"tributary/shared/browsertest"
)

// browser starts one Chromium for a test; open gives it a page.
type browser struct {
	t   *testing.T
	ctx context.Context
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	return &browser{t, browsertest.Start(t)}
}

// sheet is a page in a tab, and all that it complained of or asked the network for.
type sheet struct {
	t        *testing.T
	ctx      context.Context
	mu       sync.Mutex
	trouble  []string
	requests []string
}

// step is something done to a page.
type step = chromedp.Action[chromedp.Void]

// send makes a step of a command of the browser's protocol.
func send[P, R any](command cdp.Command[P, R], params P) step {
	return func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		_, err = cdp.Call(ctx, t, command, params)
		return none, err
	}
}

// open shows a file in a new tab, after what is set up before.
func (b *browser) open(body []byte, before ...step) *sheet {
	b.t.Helper()
	file := filepath.Join(b.t.TempDir(), HTMLFile)
	if err := os.WriteFile(file, body, 0o644); err != nil {
		b.t.Fatal(err)
	}
	ctx, closeTab := chromedp.NewContext(b.ctx)
	b.t.Cleanup(closeTab)
	s := &sheet{t: b.t, ctx: ctx}
	if err := chromedp.Listen(ctx, s.hear); err != nil {
		b.t.Fatal(err)
	}
	address := (&url.URL{Scheme: "file", Path: file}).String()
	s.run(send(network.Enable, network.EnableParams{}), send(log.Enable, cdp.Empty{}), send(runtime.Enable, cdp.Empty{}))
	s.run(append(before, chromedp.Navigate(address))...)
	return s
}

func (s *sheet) hear(event any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		s.requests = append(s.requests, e.Request.URL)
	case *runtime.EventExceptionThrown:
		s.trouble = append(s.trouble, fmt.Sprintf("exception: %s %+v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		var said []string
		for _, arg := range e.Args {
			said = append(said, string(arg.Value)+arg.Description)
		}
		s.trouble = append(s.trouble, fmt.Sprintf("console.%s: %s", e.Type, strings.Join(said, " ")))
	case *log.EventEntryAdded:
		s.trouble = append(s.trouble, fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
	case *page.EventJavascriptDialogOpening:
		s.trouble = append(s.trouble, "dialog: "+e.Message)
	}
}

func (s *sheet) run(steps ...step) {
	s.t.Helper()
	if err := chromedp.Do(s.ctx, steps...); err != nil {
		s.t.Fatal(err)
	}
}

// eval runs a script and gives what it returns.
func eval[T any](s *sheet, script string) T {
	s.t.Helper()
	return do(s, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// do takes a step that gives something.
func do[T any](s *sheet, action chromedp.Action[T]) T {
	s.t.Helper()
	v, err := chromedp.Run(s.ctx, action)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// quiet holds the page to having said nothing and asked for nothing but itself.
func (s *sheet) quiet() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.trouble) > 0 {
		s.t.Errorf("the page complained:\n%s", strings.Join(s.trouble, "\n"))
	}
	if len(s.requests) != 1 {
		s.t.Errorf("the page asked for %q, want itself alone", s.requests)
	}
}

func size(width, height int64) step {
	return send(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 500})
}

// media is screen or print, with a preferred color scheme.
func media(kind, scheme string) step {
	return send(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: kind, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
}

func scheme(name string) step { return media("", name) }

func scripts(on bool) step {
	return send(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

// keep writes pictures into the folder that TRIBUTARY_SCREENSHOTS names, for eyes: <name>-0.png downwards.
func (s *sheet) keep(name string, width int64) {
	folder := os.Getenv("TRIBUTARY_SCREENSHOTS")
	if folder == "" {
		return
	}
	const tall = 1500
	height := int64(eval[float64](s, `document.documentElement.scrollHeight`))
	beyond := true
	for i := int64(0); i*tall < height; i++ {
		picture, err := chromedp.Call(s.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
			CaptureBeyondViewport: &beyond,
			Clip:                  &page.Viewport{Y: float64(i * tall), Width: float64(width), Height: float64(min(tall, height-i*tall)), Scale: 1},
		})
		if err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d.png", name, i)), picture.Data, 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
}
