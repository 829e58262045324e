package registry

import (
	"flag"
	"os"
	"strings"
	"testing"

	"tributary/shared/settings"
	"tributary/shared/webhook"
)

var update = flag.Bool("update", false, "write README's table of providers")

const (
	readme = "../../../README.md"
	begin  = "<!-- providers: go test ./shared/webhook/registry -update -->\n"
	end    = "<!-- /providers -->"
)

// rows is README's table as the code has it.
func rows() string {
	var b strings.Builder
	b.WriteString("| `provider` | sender | events | verification | against replays | the sender's retries |\n|---|---|---|---|---|---|\n")
	for _, p := range All() {
		b.WriteString("| " + strings.Join([]string{"`" + p.Name + "`", p.Title, p.Events, p.Verification, p.Replay, p.Retries}, " | ") + " |\n")
	}
	return b.String()
}

// Ensures that README's table of providers is the registry's. -update writes it.
func TestReadme(t *testing.T) {
	raw, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(raw), begin)
	got, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("README.md lacks %s or %s", begin, end)
	}
	switch want := rows(); {
	case got == want:
	case *update:
		if err := os.WriteFile(readme, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("README's table of providers is not the registry's; go test ./shared/webhook/registry -update writes it:\n%s", want)
	}
}

// Ensures that every provider says all that the table shows, reads, and takes no empty secret.
func TestProvidersAreWhole(t *testing.T) {
	for _, p := range All() {
		for what, text := range map[string]string{"Title": p.Title, "Events": p.Events, "Verification": p.Verification, "Replay": p.Replay, "Retries": p.Retries} {
			if text == "" || strings.ContainsAny(text, "|\n") {
				t.Errorf("%s: %s is %q", p.Name, what, text)
			}
		}
		if p.Read == nil && p.File == nil || p.Scheme == nil {
			t.Errorf("%s cannot read or verify", p.Name)
			continue
		}
		for _, secrets := range [][]settings.Secret{nil, {""}, {" "}} {
			c := &settings.Connection{Provider: p.Name, Header: "X-Sig", Secrets: secrets}
			if p.CheckConnection(c) == nil {
				t.Errorf("%s: a connection with the secrets %d is taken", p.Name, len(secrets))
			}
			if _, err := webhook.Verify(p.Scheme, c, &webhook.Delivery{Method: "POST", Header: map[string]string{}}); err == nil {
				t.Errorf("%s: an empty secret opens the door", p.Name)
			}
		}
	}
}

// FuzzRead ensures that no reader panics, whatever is sent and however it is set up, and that each says the same of the
// same delivery.
func FuzzRead(f *testing.F) {
	for _, body := range []string{`{}`, `[]`, `[{}]`, `{"type":"x","data":{"object":{}}}`, `{"events":[{"type":"lead"}]}`, `a=b&c=d`, ``} {
		f.Add([]byte(body), "x/y", "a=b")
	}
	f.Fuzz(func(t *testing.T, body []byte, topic, query string) {
		for _, p := range All() {
			if p.Read == nil {
				continue
			}
			for _, contentType := range []string{"application/json", "application/x-www-form-urlencoded"} {
				d := &webhook.Delivery{Method: "POST", Body: body, Query: query, Header: map[string]string{"content-type": contentType}}
				for _, name := range p.Headers {
					d.Header[name] = topic
				}
				c := &settings.Connection{Provider: p.Name}
				m, _ := p.Read(c, d)
				n, _ := p.Read(c, d)
				if len(m.Events) != len(n.Events) || len(m.Erase) != len(n.Erase) || len(m.Lookups) != len(n.Lookups) {
					t.Fatalf("%s reads %q as %v and as %v", p.Name, body, m, n)
				}
			}
		}
	})
}
