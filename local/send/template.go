// Package send plays the senders of webhooks against a running Tributary: it takes a provider's fixture, makes it about
// another order, person and moment, signs it as the provider does and posts it.
package send

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Change is what a delivery shall be about; empty fields stay as the fixture has them, or follow from Order.
type Change struct {
	Order     string // also makes every other id of the delivery the order's own, so that a refund finds its sale
	Value     string // a decimal
	Currency  string
	Email     string
	Anonymous string
	User      string
	Seed      string    // what ids follow from where there is no order
	Fresh     string    // what the delivery's own id follows from
	Now       time.Time // when the event was, by default when the delivery is sent
}

// Fixtures lists the events of a provider, by the names of its fixtures below a checkout's root.
func Fixtures(root, provider string) ([]string, error) {
	if plans[provider].body != nil {
		return slices.Sorted(maps.Keys(plans[provider].body)), nil
	}
	files, err := filepath.Glob(filepath.Join(root, "shared", "webhook", provider, "testdata", "*.json"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("%s has no fixtures below shared/webhook", provider)
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(filepath.Base(f), ".json")
	}
	return files, nil
}

// load reads a fixture and makes it what the change says.
func load(root, provider, event string, c Change) ([]byte, error) {
	raw := []byte(plans[provider].body[event])
	if len(raw) == 0 {
		var err error
		if raw, err = os.ReadFile(filepath.Join(root, "shared", "webhook", provider, "testdata", event+".json")); err != nil {
			known, _ := Fixtures(root, provider)
			return nil, fmt.Errorf("%s has no event %q; it has %s", provider, event, strings.Join(known, ", "))
		}
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		return raw, nil // not JSON: a file of spend, or a body that shall not be read
	}
	return json.Marshal(plans[provider].change(doc, c, lastEvent(provider, event, raw)))
}

// change makes the document another order's, another person's and of now, then sets what was asked for by name. last is when the
// latest of its events was; zero, where none says when, is the latest moment in it.
func (p plan) change(doc any, c Change, last time.Time) any {
	seed := c.Order
	if seed == "" {
		seed = c.Seed
	}
	ids := map[string]string{}
	collect(doc, "", ids, seed)
	doc = rewrite(doc, ids, clock(last, newest(doc, "", time.Time{}), c.Now))
	for _, path := range p.fresh {
		doc = set(doc, path, func(old any) any { return salted(fmt.Sprint(old), old, c.Fresh) })
	}
	for paths, value := range map[*[]string]string{&p.order: c.Order, &p.email: c.Email, &p.anonymous: c.Anonymous, &p.user: c.User} {
		for _, path := range *paths {
			if value != "" {
				doc = set(doc, path, func(any) any { return value })
			}
		}
	}
	return p.amounts(doc, c)
}

// amounts sets value and currency. Paths that end in ! are decimals, others minor units of two places.
func (p plan) amounts(doc any, c Change) any {
	for _, path := range p.value {
		if c.Value == "" {
			break
		}
		path, decimal := strings.CutSuffix(path, "!")
		doc = set(doc, path, func(old any) any {
			if old == nil {
				return nil // a refund of all that is left names no amount
			}
			v := c.Value
			if !decimal {
				v = cents(c.Value)
			}
			if _, text := old.(string); text {
				return v
			}
			return json.Number(v)
		})
	}
	for _, path := range p.currency {
		if c.Currency != "" {
			doc = set(doc, path, func(old any) any {
				if old == nil {
					return nil
				}
				if s, ok := old.(string); ok && s == strings.ToLower(s) {
					return strings.ToLower(c.Currency)
				}
				return c.Currency
			})
		}
	}
	return doc
}

func cents(decimal string) string {
	whole, fraction, _ := strings.Cut(decimal, ".")
	return strings.TrimLeft(whole+(fraction + "00")[:2], "0")
}

// isID knows the names of ids, of the provider's objects and of people.
var isID = regexp.MustCompile(`(?i)(^|_|-|[a-z])id$|^(token|message-id|identifier|charge|latest_charge|payment_intent|invoice|customer|subscription|checkout_token|cart_token|invoiceid|orderid)$`)

// keep are ids that mean a kind of thing, not one thing.
var keep = regexp.MustCompile(`(?i)^(price|product|variant|program|campaign|store|webhook|app|location|account|portal|subscription_?type|stripe_account).?id$|^portalid$|^subscriptionid$|^objecttypeid$|^appid$`)

// collect finds ids and gives each another, the same for the same seed.
func collect(v any, name string, ids map[string]string, seed string) {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			collect(inner, k, ids, seed)
		}
	case []any:
		for _, inner := range v {
			collect(inner, name, ids, seed)
		}
	case string, json.Number:
		s := fmt.Sprint(v)
		if s != "" && isID.MatchString(name) && !keep.MatchString(name) {
			ids[key(v)] = fmt.Sprint(salted(s, v, seed))
		}
		if strings.HasSuffix(s, "@example.org") {
			ids[key(v)] = strings.TrimSuffix(s, "@example.org") + "+" + digest(s, seed)[:6] + "@example.org"
		}
		if name == "phone" {
			ids[key(v)] = phone(s, seed)
		}
	}
}

// key tells the number 1 from the text 1.
func key(v any) string { return fmt.Sprintf("%T %v", v, v) }

func digest(s, seed string) string {
	h := sha256.Sum256([]byte(seed + "\x00" + s))
	return hex.EncodeToString(h[:])
}

// phone is another number of the same shape and country: else all who buy would be linked by one.
func phone(s, seed string) string {
	h, digits := digest(s, seed), 0
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return r
		}
		if digits++; digits <= 4 {
			return r
		}
		return '0' + rune(h[digits])%10
	}, s)
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// salted is an id of the same kind: a number, a UUID, or the same prefix with another rest of the same length.
func salted(s string, old any, seed string) any {
	h := digest(s, seed)
	if _, number := old.(json.Number); number {
		raw, _ := hex.DecodeString(h[:16])
		return json.Number(strconv.FormatUint(1_000_000_000+binary.BigEndian.Uint64(raw)%8_000_000_000, 10))
	}
	if uuid.MatchString(s) {
		return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:32]
	}
	if prefix, rest, ok := strings.Cut(s, "_"); ok && len(prefix) <= 8 {
		return prefix + "_" + h[:min(len(h), max(8, len(rest)))]
	}
	return h[:min(len(h), max(8, len(s)))]
}

// times are the names under which a fixture says when it was.
var times = regexp.MustCompile(`(?i)^(created|created_?at|createdon|occurred_?at|timestamp|updated_?at|charged_at|paid_at|refunded_at|billed_at|processed_at)$`)

// newest is the latest moment of a fixture; now moves to where it was.
func newest(v any, name string, latest time.Time) time.Time {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			latest = newest(inner, k, latest)
		}
	case []any:
		for _, inner := range v {
			latest = newest(inner, name, latest)
		}
	default:
		if at, ok := moment(v); ok && times.MatchString(name) && at.After(latest) {
			latest = at
		}
	}
	return latest
}

// moment reads what can only be a time: RFC 3339, or seconds or milliseconds of these years.
func moment(v any) (time.Time, bool) {
	switch v := v.(type) {
	case string:
		if len(v) == 13 { // HubSpot writes milliseconds as text
			return moment(json.Number(v))
		}
		t, err := time.Parse(time.RFC3339, v)
		return t, err == nil
	case json.Number:
		whole, part, _ := strings.Cut(string(v), ".")
		n, err := strconv.ParseInt(whole, 10, 64)
		switch {
		case err != nil:
		case n > 1_600_000_000 && n < 2_000_000_000:
			ms, _ := strconv.ParseInt((part + "000")[:3], 10, 64)
			return time.UnixMilli(1000*n + ms), true
		case n > 1_600_000_000_000 && n < 2_000_000_000_000:
			return time.UnixMilli(n), true
		}
	}
	return time.Time{}, false
}

// clock moves a fixture whose latest moment is newest to now: its last event happens now, what came before as long before, and
// what had happened by then is not in the future.
func clock(last, newest, now time.Time) func(time.Time) time.Time {
	if last.IsZero() {
		last = newest
	}
	if last.IsZero() {
		return func(at time.Time) time.Time { return at } // no time in it
	}
	return func(at time.Time) time.Time {
		moved := at.Add(now.Sub(last))
		if moved.After(now) && !at.After(newest) {
			return now
		}
		return moved
	}
}

// rewrite puts other ids and moments in the place of the fixture's, wherever they stand.
func rewrite(v any, ids map[string]string, clock func(time.Time) time.Time) any {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			v[k] = rewrite(inner, ids, clock)
		}
		return v
	case []any:
		for i, inner := range v {
			v[i] = rewrite(inner, ids, clock)
		}
		return v
	case string:
		if other, ok := ids[key(v)]; ok {
			return other
		}
		if at, ok := moment(v); ok && len(v) == 13 {
			return strconv.FormatInt(clock(at).UnixMilli(), 10)
		} else if ok {
			return clock(at).UTC().Format("2006-01-02T15:04:05.000Z")
		}
	case json.Number:
		if other, ok := ids[key(v)]; ok {
			return json.Number(other)
		}
		if at, ok := moment(v); ok {
			if strings.Contains(string(v), ".") {
				return json.Number(strconv.FormatFloat(float64(clock(at).UnixMilli())/1000, 'f', 3, 64))
			}
			if len(v) >= 13 {
				return json.Number(strconv.FormatInt(clock(at).UnixMilli(), 10))
			}
			return json.Number(strconv.FormatInt(clock(at).Unix(), 10))
		}
	}
	return v
}

// set changes the value at a path of names and * (every element), where its parent is there; a null parent becomes an object.
func set(v any, path string, to func(old any) any) any {
	name, rest, more := strings.Cut(path, ".")
	switch v := v.(type) {
	case map[string]any:
		old, there := v[name]
		switch {
		case !more:
			if v[name] = to(old); v[name] == nil {
				delete(v, name)
			}
		case there && old != nil:
			v[name] = set(old, rest, to)
		case there || strings.Contains(name, "custom") || name == "metadata":
			v[name] = set(map[string]any{}, rest, to)
		}
	case []any:
		for i := range v {
			if name == "*" && more {
				v[i] = set(v[i], rest, to)
			}
		}
	}
	return v
}
