package aside

import (
	"bytes"
	gocmp "cmp"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tributary/shared/store"
)

// shelf keeps in memory; fail makes it refuse.
type shelf struct {
	kept []store.Quarantined
	fail error
}

func (s *shelf) Keep(_ context.Context, q store.Quarantined) error {
	s.kept = append(s.kept, q)
	return s.fail
}

// Ensures that what is kept says what it is, where it came from and why, within an item's bounds, and is counted.
func TestKeeping(t *testing.T) {
	broken, long := errors.New("no time"), strings.Repeat("x", keptBytes)
	for _, c := range []struct {
		name string
		keep func(*Shelf, *slog.Logger) error
		want store.Quarantined
	}{
		{
			"a record with its key",
			func(s *Shelf, l *slog.Logger) error {
				return s.Record(t.Context(), l, []byte(`{"dynamodb":{"Keys":{"pk":{"S":"a"}},"SequenceNumber":"7"}}`), broken)
			},
			store.Quarantined{Code: "unreadable_record", EventID: `{"pk":{"S":"a"}}`, Raw: `{"dynamodb":{"Keys":{"pk":{"S":"a"}},"SequenceNumber":"7"}}`},
		},
		{
			"a record by when it was written",
			func(s *Shelf, l *slog.Logger) error {
				return s.Record(t.Context(), l, []byte(`{"dynamodb":{"ApproximateCreationDateTime":1767225000}}`), broken)
			},
			store.Quarantined{Code: "unreadable_record", Received: 1_767_225_000_000, Raw: `{"dynamodb":{"ApproximateCreationDateTime":1767225000}}`},
		},
		{
			"what was not to be written, without its bytes that are no text",
			func(s *Shelf, l *slog.Logger) error {
				return s.Write(t.Context(), l, "shop", []byte("O#1\xff"), broken)
			},
			store.Quarantined{Site: "shop", Code: "refused_write", Raw: "O#1"},
		},
		{
			"the beginning of what is long",
			func(s *Shelf, l *slog.Logger) error { return s.Write(t.Context(), l, "shop", []byte(long+"y"), broken) },
			store.Quarantined{Site: "shop", Code: "refused_write", Raw: long},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, out := &shelf{}, &bytes.Buffer{}
			s, log := &Shelf{Door: "kpi", Keeper: k, Now: func() time.Time { return time.UnixMilli(1_767_225_601_000) }}, slog.New(slog.NewJSONHandler(out, nil))
			c.want.Door, c.want.Received, c.want.Message = "kpi", gocmp.Or(c.want.Received, 1_767_225_601_000), "no time"
			if err := errors.Join(c.keep(s, log), c.keep(s, log)); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, k.kept[0], cmpopts.IgnoreFields(store.Quarantined{}, "ID")); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if k.kept[0].ID == "" || k.kept[0].ID != k.kept[1].ID {
				t.Errorf("twice the same is %q and %q", k.kept[0].ID, k.kept[1].ID)
			}
			if !strings.Contains(out.String(), `"set_aside":1`) {
				t.Errorf("it is not counted: %s", out)
			}
			if k.fail = errors.New("down"); !errors.Is(c.keep(s, log), k.fail) {
				t.Error("that it is kept nowhere is passed over")
			}
		})
	}
}
