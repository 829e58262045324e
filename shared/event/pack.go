package event

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// MarshalJSON writes the event as one object of its flat attributes, under the names that the table has; also one that
// Admit has not placed in time yet. UnmarshalJSON reads it back.
func (e *Event) MarshalJSON() ([]byte, error) {
	object := map[string]any{}
	for _, a := range e.Attrs() {
		if object[a.Name] = a.Value; a.Number {
			object[a.Name] = json.Number(a.Value)
		}
	}
	return json.Marshal(object)
}

// UnmarshalJSON is the inverse of MarshalJSON. Names it does not know are passed over; an object without id, type and
// site, or with a value of the wrong kind, is an error.
func (e *Event) UnmarshalJSON(raw []byte) error {
	object := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&object); err != nil {
		return fmt.Errorf("event: %w", err)
	}
	attrs := make([]Attr, 0, len(object))
	for name, v := range object {
		switch v := v.(type) {
		case string:
			attrs = append(attrs, Attr{Name: name, Value: v})
		case json.Number:
			attrs = append(attrs, Attr{Name: name, Number: true, Value: v.String()})
		default:
			return fmt.Errorf("event: %s is neither text nor a number", name)
		}
	}
	read, err := fromAttrs(attrs)
	if err == nil {
		*e = *read
	}
	return err
}
