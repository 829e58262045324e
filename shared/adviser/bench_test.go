package adviser

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"tributary/shared/figures"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// now is the clock of these tests: noon of the last day of March.
var now = time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)

// bench is a site on a real engine, and what was counted for it.
type bench struct {
	*Reader
	t     *testing.T
	store *store.Store
	site  settings.Site
	moves []kpi.Move
	sales int
}

func newBench(t *testing.T, body string) *bench {
	t.Helper()
	st := storetest.Open(t)
	id := storetest.MakeSite(t, st, body)
	site, ok, err := st.Site(t.Context(), id)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	clock := func() time.Time { return now }
	return &bench{Reader: New(st, figures.New(st, clock), clock), t: t, store: st, site: site}
}

// campaign stores settings, as a PUT does.
func (b *bench) campaign(id, body string) {
	b.t.Helper()
	c, err := settings.ParseCampaign(id, []byte(body), b.site.Currency)
	if err != nil {
		b.t.Fatal(err)
	}
	raw, err := json.Marshal(c)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.store.PutSetting(b.t.Context(), store.ShelfOf(b.site.ID, "campaigns"), store.Setting{ID: id, Body: raw}); err != nil {
		b.t.Fatal(err)
	}
}

// count adds to counters at noon of a day.
func (b *bench) count(day time.Time, k kpi.Key, amounts map[kpi.Measure]int64) {
	k.Site, k.Bucket = b.site.ID, kpi.Bucket(day.Add(12*time.Hour).UnixMilli(), false)
	for m, n := range amounts {
		b.moves = append(b.moves, kpi.Move{Key: k, Measure: m, Amount: n})
	}
}

// apply writes what was counted.
func (b *bench) apply() {
	b.t.Helper()
	f := kpi.NewFold("stream/"+b.site.ID, now)
	f.Add(fmt.Sprintf("%040d", 1), "1", b.moves)
	if _, err := f.Apply(b.t.Context(), kpi.NewDirectory(b.store, b.store), nil); err != nil {
		b.t.Fatal(err)
	}
}

// sell stores the record of a conversion; it has none before now.
func (b *bench) sell(c journey.Conversion) {
	b.t.Helper()
	if c.Time > now.UnixMilli() {
		return
	}
	c.Event, c.Goal, c.Primary, c.Counts, c.Orders, c.Currency, c.Lookback = "e", "purchase", true, 1, 1, b.site.Currency, int64(b.site.LookbackDays)*day
	body, err := json.Marshal(c)
	if err != nil {
		b.t.Fatal(err)
	}
	b.sales++
	r := journey.Record{Node: fmt.Sprintf("O#%d", b.sales), Digest: "d", Time: c.Time, Body: string(body)}
	if won, err := b.store.PutRecord(b.t.Context(), b.site.ID, journey.KindConversion, r); !won || err != nil {
		b.t.Fatal(won, err)
	}
}

// Milliseconds.
const (
	hour = 60 * 60 * 1000
	day  = 24 * hour
)

func date(t *testing.T, text string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
