package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tributary/local/send"
)

// runSend plays a provider: `go run ./local send stripe invoice.paid.first --order o-1 --value 99.00`.
func runSend(ctx context.Context, root string, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("local send", flag.ContinueOnError)
	flags.SetOutput(stderr)
	s := &send.Sender{Root: root, Client: http.DefaultClient, Now: time.Now, NewID: newID}
	var c send.Change
	var how send.How
	flags.StringVar(&s.URL, "url", "http://127.0.0.1:3000", "where Tributary runs")
	flags.StringVar(&s.Key, "key", os.Getenv("TRIBUTARY_API_KEY"), "its API key (default: TRIBUTARY_API_KEY, else that of -data)")
	flags.StringVar(&s.Site, "site", "", "the site that the events are of (default: default)")
	data := flags.String("data", filepath.Join(root, ".tributary"), "the runner's folder, for its key")
	flags.StringVar(&c.Order, "order", "", "the order; what is sent with the same order belongs together")
	flags.StringVar(&c.Value, "value", "", "the amount, like 99.00")
	flags.StringVar(&c.Currency, "currency", "", "its currency, like USD")
	flags.StringVar(&c.Email, "email", "", "the person's address")
	flags.StringVar(&c.Anonymous, "anonymous", "", "the person's anonymous_id")
	flags.StringVar(&c.User, "user", "", "the person's user_id")
	twice := flags.Bool("twice", false, "send the same delivery a second time")
	flags.DurationVar(&how.Late, "late", 0, "sign it as so long ago, like 10m")
	flags.BoolVar(&how.Tampered, "tampered", false, "change it after it was signed")
	flags.BoolVar(&how.Wrong, "wrong", false, "sign it with another secret")
	words, err := parseMixed(flags, args)
	if err != nil {
		return err
	}
	if len(words) < 2 {
		return listSenders(root, words, stdout)
	}
	if s.Key == "" {
		raw, err := os.ReadFile(filepath.Join(*data, "key"))
		if err != nil {
			return errors.New("no API key: set TRIBUTARY_API_KEY, or give -data the folder of the runner")
		}
		s.Key = strings.TrimSpace(string(raw))
	}
	return playOnce(ctx, s, words[0], words[1], c, how, *twice, stdout)
}

// parseMixed takes flags before and behind the words, as people write them.
func parseMixed(flags *flag.FlagSet, args []string) ([]string, error) {
	var words []string
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if args = flags.Args(); len(args) == 0 {
			return words, nil
		}
		words, args = append(words, args[0]), args[1:]
	}
}

// listSenders says what can be sent.
func listSenders(root string, words []string, out io.Writer) error {
	names := send.Providers()
	if len(words) == 1 {
		names = words
	}
	fmt.Fprintln(out, "go run ./local send <provider> <event> [--order … --value … --currency … --email … --anonymous … --user … --twice --late 10m --tampered --wrong]")
	for _, p := range names {
		events, err := send.Fixtures(root, p)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: %s\n", p, strings.Join(events, ", "))
	}
	return nil
}

// playOnce connects, sends and says what came back.
func playOnce(ctx context.Context, s *send.Sender, provider, event string, c send.Change, how send.How, twice bool, out io.Writer) error {
	if err := s.Connect(ctx, provider); err != nil {
		return err
	}
	d, err := s.Make(provider, event, c, how)
	if err != nil {
		return err
	}
	times := 1
	if twice {
		times = 2
	}
	var refused error
	for range times {
		status, answer, err := s.Post(ctx, d)
		if err != nil {
			return fmt.Errorf("nothing answers at %s: %w", s.URL, err)
		}
		path, _, _ := strings.Cut(d.URL, "?")
		fmt.Fprintf(out, "%s %s: %d %s\n", d.Method, path, status, answer)
		if status >= 300 {
			refused = fmt.Errorf("it was refused: %d %s", status, answer)
		}
	}
	return refused
}

func newID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
