package event

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Ensures that no field is lost in JSON, one that is added tomorrow neither, nor an event that has no time yet.
func TestJSONHoldsEveryField(t *testing.T) {
	want := &Event{HasValue: true, HasCost: true}
	v := reflect.ValueOf(want).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString("text of " + v.Type().Field(i).Name)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Int, reflect.Int8, reflect.Int64:
			f.SetInt(int64(i%100) + 1)
		case reflect.Slice:
			f.Set(reflect.ValueOf([]string{"a", "b"}))
		case reflect.Map:
			f.Set(reflect.ValueOf(map[string]string{"gclid": "1"}))
		default:
			t.Fatalf("%s is of a kind that this test does not know", v.Type().Field(i).Name)
		}
	}
	for _, at := range []int64{want.Time, 0} {
		want.Time = at
		raw, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got := &Event{}
		if err := json.Unmarshal(raw, got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
}

func TestJSONRefuses(t *testing.T) {
	for name, raw := range map[string]string{
		"no object": `7`, "no id": `{"type":"lead","site":"s"}`, "a number for text": `{"id":1,"type":"lead","site":"s"}`,
		"text for a number": `{"id":"1","type":"lead","site":"s","time":"5"}`, "an object": `{"id":"1","type":"lead","site":{}}`,
	} {
		if err := json.Unmarshal([]byte(raw), &Event{}); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}
