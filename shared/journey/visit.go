package journey

import (
	"context"
	"hash/fnv"
	"slices"
	"strings"

	"tributary/shared/event"
	"tributary/shared/kpi"
)

// viewStep is the step whose times carry the page that was viewed.
const viewStep = "page_view"

// pageBits are the low bits of a view's entry: a mark of the page. The rest is its time.
const pageBits = 16

// pageMark tells pages apart: two share one once in 65,536 times, and then the later view of a visit is not seen as a step.
func pageMark(url string) int64 {
	h := fnv.New32a()
	h.Write([]byte(kpi.PageOf(url)))
	sum := h.Sum32()
	return int64(sum>>pageBits ^ sum&(1<<pageBits-1))
}

// stepOf is the step within its session that an event takes, by the name of its type, with its entry: the time, of a view
// with the page's mark. Conversions come from their records, touches open sessions.
func stepOf(e *event.Event) (name string, entry int64, ok bool) {
	switch {
	case e.SessionID == "" || strings.HasPrefix(e.Type, "email_"):
		return "", 0, false
	case e.Type == viewStep:
		return viewStep, e.Time<<pageBits | pageMark(e.Page), true
	}
	switch e.Type {
	case "impression", "click", "visit", "identify", "conversion", "refund", "refund_reversed", "cancel", "spend", "social_post", "social_engagement",
		"reward", "reward_reversed":
		return "", 0, false
	}
	return e.Type, e.Time, true
}

// firstViews keeps the first view of every page but those landed on.
func firstViews(views, landed []int64) []int64 {
	seen := map[int64]bool{}
	for _, page := range landed {
		seen[page] = true
	}
	var list []int64
	for _, v := range views {
		if page := v & (1<<pageBits - 1); !seen[page] {
			seen[page] = true
			list = append(list, v)
		}
	}
	return list
}

// beyond reports that a visit went past its first page.
func (t *Told) beyond() bool {
	for _, p := range t.Sales {
		if p.Time > 0 {
			return true
		}
	}
	return len(t.Steps) > 0
}

// firstStep is the earliest time that a visit tells besides its opening; 0: none.
func (t *Told) firstStep() int64 {
	first := int64(0)
	for name := range t.Steps {
		if at := t.Times(name)[0]; first == 0 || at < first {
			first = at
		}
	}
	for _, p := range t.Sales {
		if p.Time > 0 && (first == 0 || p.Time < first) {
			first = p.Time
		}
	}
	return first
}

// StepConversion names the step that an order takes; any other goal is a step of the goal's own name.
const StepConversion = "conversion"

// Times are when a visit took a step, in order (Unix milliseconds).
func (t *Told) Times(step string) []int64 {
	if step == stepVisit {
		if t.Opening == nil {
			return nil
		}
		return []int64{t.Opening.Time}
	}
	times := slices.Clone(t.Steps[step])
	if step == viewStep {
		for i := range times {
			times[i] >>= pageBits
		}
	}
	for _, p := range t.Sales {
		if p.Time > 0 && (p.Order && step == StepConversion || !p.Order && p.Goal == step) {
			times = append(times, p.Time)
		}
	}
	slices.Sort(times)
	return times
}

// visitsOf is what the visits of a session tell that lie at the home of any id of the person.
func (r *Restater) visitsOf(ctx context.Context, site, session string, ids []string) (Told, error) {
	all, _, err := r.expand(ctx, site, ids)
	if err != nil {
		return Told{}, err
	}
	homes := slices.DeleteFunc(all.sorted(), isSale)
	events, err := r.events(ctx, site, homes)
	if err != nil {
		return Told{}, err
	}
	var t Told
	for _, e := range events {
		if e.Type == "visit" && e.SessionID == session && e.Human() {
			t.join(visitTold(e))
		}
	}
	return t, nil
}

// visitTold is what one visit event tells.
func visitTold(e *event.Event) *Told {
	return &Told{Opening: openingOf(e), Pages: []int64{pageMark(e.Page)}}
}

func openingOf(e *event.Event) *Opening {
	o := &Opening{Touch: touchOf(e), Session: e.SessionID}
	o.Type, o.ClickIDs = "", nil
	return o
}

// invitedBy is the opening of an invite.
func invitedBy(e *event.Event) *Opening {
	o := openingOf(e)
	if ids := e.IDs(); len(ids) > 0 {
		o.Sender = ids[0]
	}
	return o
}

// known reports that a part of what an event tells was told before: the event may come again.
func (t *Told) known(o *Told) bool {
	for name, times := range o.Steps {
		for _, at := range times {
			if slices.Contains(t.Steps[name], at) {
				return true
			}
		}
	}
	for node := range o.Sales {
		if _, ok := t.Sales[node]; ok {
			return true
		}
	}
	return false
}
