package main

import (
	"bytes"
	"encoding/json"
	"io"

	"tributary/shared/event"
	"tributary/shared/fault"
)

// envelope is the body of both routes. Its events are still bytes: each is read, and refused, on its own.
type envelope struct {
	sentAt  int64
	appKey  string
	consent string
	events  []json.RawMessage
}

// readEnvelope reads {"sent_at":…,"app_key":…,"consent":…,"events":[…]}. Other names are passed over: they say nothing of an event.
func readEnvelope(body []byte) (envelope, error) {
	var env envelope
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return env, notJSON(err)
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return env, notJSON(err)
		}
		if seen[name] {
			return env, fault.New(fault.InvalidJSON, "", "a name stands twice in the body; send it once")
		}
		seen[name] = true
		if err := env.read(d, name); err != nil {
			return env, err
		}
	}
	if _, err := d.Token(); err != nil {
		return env, notJSON(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return env, fault.New(fault.InvalidJSON, "", "there is more behind the body's closing brace")
	}
	return env, nil
}

// read decodes the value of one name.
func (env *envelope) read(d *json.Decoder, name string) error {
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return notJSON(err)
	}
	switch name {
	case "events":
		if json.Unmarshal(raw, &env.events) != nil {
			return fault.New(fault.InvalidField, "events", "this must be an array of events")
		}
	case "app_key":
		if json.Unmarshal(raw, &env.appKey) != nil {
			return fault.New(fault.InvalidField, "app_key", "this must be a string in quotes")
		}
	case "consent":
		if json.Unmarshal(raw, &env.consent) != nil {
			return fault.New(fault.InvalidField, "consent", "this must be a string in quotes, granted or denied")
		}
	case "sent_at":
		var v any
		number := json.NewDecoder(bytes.NewReader(raw))
		number.UseNumber()
		if err := number.Decode(&v); err != nil {
			return notJSON(err)
		}
		if v == nil {
			return nil
		}
		ms, err := event.ParseTime("sent_at", v)
		env.sentAt = ms
		return err
	}
	return nil
}

// notJSON is the refusal of a body that is no object.
func notJSON(err error) error {
	if err == nil {
		return fault.New(fault.InvalidJSON, "", `the body must be an object like {"events":[{"type":"page_view","anonymous_id":"…"}]}`)
	}
	return fault.New(fault.InvalidJSON, "", "the body is no JSON: %v", err)
}
