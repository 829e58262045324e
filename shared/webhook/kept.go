package webhook

import (
	"encoding/json"
	"net/url"
	"time"

	"tributary/shared/fault"
)

// kept is how a delivery is put aside: what Read needs, and nothing that opens a door.
type kept struct {
	Connection string            `json:"connection"`
	Method     string            `json:"method"`
	Header     map[string]string `json:"header,omitempty"`
	Query      string            `json:"query,omitempty"`
	Body       []byte            `json:"body,omitempty"`
	Received   int64             `json:"received"` // Unix milliseconds
}

// Keep is the delivery as it may be put aside and read again: of its headers those that the provider needs, of its query
// everything but the token.
func Keep(connection string, p *Provider, d *Delivery) ([]byte, error) {
	k := kept{Connection: connection, Method: d.Method, Header: map[string]string{}, Query: d.Told(), Body: d.Body, Received: d.Now.UnixMilli()}
	for _, name := range append([]string{"content-type"}, p.Headers...) {
		if v := d.Header[name]; v != "" {
			k.Header[name] = v
		}
	}
	return json.Marshal(k)
}

// Kept reads what Keep wrote: the connection's id and the delivery, which was verified when it came.
func Kept(whole []byte) (string, *Delivery, error) {
	var k kept
	if err := json.Unmarshal(whole, &k); err != nil || k.Connection == "" {
		return "", nil, fault.New(fault.InvalidJSON, "", "this is no delivery that was kept")
	}
	return k.Connection, &Delivery{Method: k.Method, Header: k.Header, Query: k.Query, Body: k.Body, Now: time.UnixMilli(k.Received)}, nil
}

// Told is the query without the token, its parameters in order: what the sender says, and not that it may.
func (d *Delivery) Told() string {
	if d.Query == "" {
		return ""
	}
	q, _ := url.ParseQuery(d.Query) // what can be read of a torn query counts
	q.Del(TokenParam)
	return q.Encode()
}
