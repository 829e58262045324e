package report

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tributary/shared/attribution"
)

// tested is a head with a campaign of its own settings, so that a part has something of everything.
func tested() Head {
	h := march()
	h.Campaigns = []Campaign{{ID: "a", Own: &Own{Model: attribution.Linear, HalfLife: day, Options: attribution.Options{Lookback: 5 * day}}}}
	return h
}

func fold(t testing.TB, h Head, list []Conversion) *Part {
	t.Helper()
	p := NewPart(h)
	for i := range list {
		if err := p.Add(&list[i]); err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 {
			p.AddNonConverting([]string{"Email", fmt.Sprint("Channel ", i%2)}, 2)
		}
	}
	return p
}

func filesOf(t testing.TB, p *Part, costs ...Cost) []File {
	t.Helper()
	r, err := p.Report(costs, Extra{NonConverting: &NonConverting{ReadUnits: 7, Sampled: 2}})
	if err != nil {
		t.Fatal(err)
	}
	d := r.document(1)
	files, err := r.tables(&d)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func reread(t testing.TB, h Head, p *Part) *Part {
	t.Helper()
	body, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	back, err := ReadPart(h, body)
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(back)
	if err != nil || string(again) != string(body) {
		t.Fatalf("a part that was read back is written otherwise: %v", err)
	}
	return back
}

// However the conversions are cut into parts, written, read and merged, the files have the same bytes as one fold's.
func TestPartsMergeToTheSameBytes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		list := anyConversions(rt)
		for i := range list {
			list[i].First = list[i].Time - int64(i%3)*40*day
		}
		h, cost := tested(), Cost{"Email", "a", 5}
		var nulls int
		want := NewPart(h)
		parts := make([]*Part, rapid.IntRange(1, 4).Draw(rt, "parts"))
		for i := range parts {
			parts[i] = NewPart(h)
		}
		for i := range list {
			part := parts[rapid.IntRange(0, len(parts)-1).Draw(rt, "part")]
			for _, p := range []*Part{want, part} {
				if err := p.Add(&list[i]); err != nil {
					rt.Fatal(err)
				}
				p.AddNonConverting([]string{"Email", fmt.Sprint(i)}, 2)
			}
			nulls += 2
		}
		rand.New(rand.NewPCG(3, 4)).Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		got := NewPart(h)
		for _, p := range parts {
			if err := got.Merge(reread(t, h, p)); err != nil {
				rt.Fatal(err)
			}
		}
		if got.totals.people != int64(nulls) {
			rt.Fatalf("%d people without conversion, want %d", got.totals.people, nulls)
		}
		if d := cmp.Diff(filesOf(t, want, cost), filesOf(t, got, cost)); d != "" {
			rt.Fatalf("(-one fold +merged):\n%s", d)
		}
	})
}

func TestPartsOfOtherSettingsDoNotMerge(t *testing.T) {
	list, _ := sample()
	a := fold(t, tested(), list)
	h := tested()
	h.Campaigns[0].Own.Options.Lookback++
	b := fold(t, h, list)
	if err := a.Merge(b); err == nil || !strings.Contains(err.Error(), "do not go together") {
		t.Errorf("parts under different look-backs merge: %v", err)
	}
	body, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadPart(h, body); err == nil {
		t.Error("a part is read under other settings")
	}
	if _, err := ReadPart(h, []byte("{")); err == nil {
		t.Error("half a part is read")
	}
}

func TestSumIsWrittenAndRead(t *testing.T) {
	for _, want := range []sum{{}, sumOf(1), sumOf(-1), sumOf(math.MaxInt64), sumOf(math.MinInt64), {1, 0}, {-1, 0}, {-2, 5}, {math.MaxInt64, math.MaxUint64}} {
		body, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got sum
		if err := json.Unmarshal(body, &got); err != nil || got != want {
			t.Errorf("%s is read as %v, want %v (%v)", body, got, want, err)
		}
	}
	for _, bad := range []string{"170141183460469231731687303715884105728000", "1.5", `"x"`} {
		var got sum
		if json.Unmarshal([]byte(bad), &got) == nil {
			t.Errorf("%s is read as %v", bad, got)
		}
	}
}

// A campaign with settings of its own is judged by them, in its own row; the models' tables stay as they were.
func TestCampaignsOwnSettings(t *testing.T) {
	list := []Conversion{{ID: "o1", Time: noon, Value: 100, Net: 60, Touches: []Touch{
		{ID: "1", Time: noon - 40*day, Channel: "Email", Campaign: "a"},
		{ID: "2", Time: noon - 4*day, Channel: "Email", Campaign: "a"},
		{ID: "3", Time: noon - 3*day, Channel: "Display", Campaign: "b"},
		{ID: "4", Time: noon - day, Channel: "Display", Campaign: "b", Type: attribution.Impression},
	}}}
	h := march()
	plain := build(t, h, list)
	h.Campaigns = []Campaign{
		{ID: "a", Name: "News", TargetCPA: "5", Own: &Own{Model: attribution.Linear, Options: attribution.Options{Lookback: 90 * day}}},
		{ID: "b", Own: &Own{Model: attribution.LastTouch, Options: attribution.Options{
			Lookback: day, ViewLookback: 2 * day, Types: []string{attribution.Impression},
		}}},
	}
	r := build(t, h, list)
	if d := cmp.Diff(plain.channelsCSV(), r.channelsCSV()); d != "" {
		t.Errorf("the channels' table moved:\n%s", d)
	}
	rows := map[string]campaignDoc{}
	for _, row := range r.document(1).Campaigns {
		rows[*row.Campaign] = row
	}
	a, b := rows["a"], rows["b"]
	if !a.Own || a.Model != attribution.Linear || a.Conversions != sumOf(666_667) || a.Value != sumOf(67) || a.Net != sumOf(40) || a.Name != "News" {
		t.Errorf("campaign a: %+v, want two of three visits within 90 days", a)
	}
	if !b.Own || b.Conversions != sumOf(1_000_000) || b.Value != sumOf(100) {
		t.Errorf("campaign b: %+v, want the impression's whole credit", b)
	}
	if plain.Digest() == r.Digest() {
		t.Error("settings of a campaign change nothing in the digest")
	}
}

// What a scan cost is no input: a table that has grown elsewhere makes no new revision. How many were looked at is one.
func TestDigestIgnoresTheCostOfReading(t *testing.T) {
	digest := func(n NonConverting) string {
		r, err := fold(t, march(), nil).Report(nil, Extra{NonConverting: &n})
		if err != nil {
			t.Fatal(err)
		}
		return r.Digest()
	}
	if digest(NonConverting{ReadUnits: 1, Sampled: 1}) != digest(NonConverting{ReadUnits: 99, Sampled: 1}) {
		t.Error("the cost of reading changes the digest")
	}
	if digest(NonConverting{Sampled: 1}) == digest(NonConverting{Sampled: 2}) {
		t.Error("a sample half as large has the same digest")
	}
}
