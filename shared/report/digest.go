package report

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math/bits"
	"slices"
)

// format is the version of the files' form. Raise it when the same inputs come to give other bytes.
const format = 4

// digest gathers the inputs of a report regardless of their order: the sum of their hashes modulo 2^256. It tells a past
// that changed from one that did not; it is no defence against whoever can choose the records.
type digest struct {
	inputs  [4]uint64
	costs   int64
	scratch fields // memory that each input uses again
}

// conversion adds what the report takes of a conversion.
func (d *digest) conversion(c *Conversion) {
	w := d.scratch[:0]
	w.text("conversion", c.ID)
	w.numbers(c.Time, c.Value, c.Net, truth(c.Refunded), truth(c.Unconverted), int64(len(c.Touches)))
	w.text(c.Person, c.Goal)
	w.numbers(c.Lead, c.Opportunity, c.First)
	for i := range c.Touches {
		t := &c.Touches[i]
		w.text(t.ID, t.Channel, t.Campaign, t.Type)
		w.numbers(t.Time, int64(len(t.ClickIDs)))
		if len(t.ClickIDs) > 0 {
			for _, k := range slices.Sorted(maps.Keys(t.ClickIDs)) {
				w.text(k, t.ClickIDs[k])
			}
		}
	}
	d.include(w)
}

// null adds people without any conversion.
func (d *digest) null(path []string, weight int64) {
	w := d.scratch[:0]
	w.text("null")
	w.text(path...)
	w.numbers(weight)
	d.include(w)
}

// own adds a touch's credit under its campaign's own settings.
func (d *digest) own(conversion, touch string, key campaignKey, t *tally) {
	w := d.scratch[:0]
	w.text("own", conversion, touch, key.campaign, key.channel)
	for _, s := range t.sums() {
		w.numbers(s.hi, int64(s.lo))
	}
	d.include(w)
}

// extra adds what is told beside the conversions.
func (d *digest) extra(x *Extra) {
	told := x.told()
	if told == "{}" {
		return
	}
	w := d.scratch[:0]
	w.text("extra", told)
	d.include(w)
}

// told is all that is told beside the conversions, as text, but for what finding it out cost: a table that grows elsewhere
// is no other past.
func (x *Extra) told() string {
	inputs := *x
	if n := x.NonConverting; n != nil {
		inputs.NonConverting = &NonConverting{Sampled: n.Sampled}
	}
	body, err := json.Marshal(inputs)
	if err != nil { // plain data: it cannot fail
		return "{}"
	}
	return string(body)
}

// short is the digest of some inputs alone, in hex; empty where there were none.
func (d *digest) short() string {
	if d.inputs == [4]uint64{} {
		return ""
	}
	var w fields
	for _, word := range d.inputs {
		w.numbers(int64(word))
	}
	all := sha256.Sum256(w)
	return hex.EncodeToString(all[:16])
}

func (d *digest) merge(o *digest) {
	var carry uint64
	for i := range d.inputs {
		d.inputs[i], carry = bits.Add64(d.inputs[i], o.inputs[i], carry)
	}
	d.costs += o.costs
}

func (d *digest) cost(c Cost) {
	w := d.scratch[:0]
	w.text("cost", c.Channel, c.Campaign)
	w.numbers(c.Micros)
	d.include(w)
	d.costs++
}

func (d *digest) include(w fields) {
	d.scratch = w
	h := sha256.Sum256(w)
	var carry uint64
	for i := range d.inputs {
		d.inputs[i], carry = bits.Add64(d.inputs[i], binary.LittleEndian.Uint64(h[8*i:]), carry)
	}
}

// sum is the digest of the inputs and of what the report is about, in hex.
func (d *digest) sum(h *Head) string {
	w := d.scratch[:0]
	w.text(h.Site, h.Kind, h.From, h.To, h.TZ(), h.Currency)
	w.numbers(format, h.Lookback, h.HalfLife, h.ViewLookback, truth(h.ExcludeDirect), truth(h.Reset), int64(len(h.Types)))
	w.text(string(h.Model))
	w.text(h.Types...)
	w.numbers(truth(h.Open), int64(len(h.Goals)))
	w.text(h.Goals...)
	for _, c := range h.Campaigns {
		body, _ := json.Marshal(c) // plain data
		w.text(string(body))
	}
	for _, word := range d.inputs {
		w.numbers(int64(word))
	}
	all := sha256.Sum256(w)
	return hex.EncodeToString(all[:])
}

// fields are values written so that no two lists of them look alike.
type fields []byte

func (w *fields) text(values ...string) {
	for _, v := range values {
		w.numbers(int64(len(v)))
		*w = append(*w, v...)
	}
}

func (w *fields) numbers(values ...int64) {
	for _, v := range values {
		*w = binary.LittleEndian.AppendUint64(*w, uint64(v))
	}
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
