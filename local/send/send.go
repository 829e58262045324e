package send

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Sender sends to one Tributary, through connections of its own that it makes with the API key.
type Sender struct {
	URL, Key string
	Root     string // of the checkout, where the fixtures lie
	Site     string // default where empty
	Client   *http.Client
	Now      func() time.Time
	NewID    func() string
}

// How a delivery is spoilt.
type How struct {
	Late     time.Duration // signed that long ago
	Tampered bool          // a byte is changed after it was signed
	Wrong    bool          // signed with a secret that is not the connection's
}

// connection is the id of the sender's own connection.
func (s *Sender) connection(provider string) string {
	if s.Site != "" && s.Site != "default" {
		return "laptop-" + s.Site + "-" + provider
	}
	return "laptop-" + provider
}

// seed is what the connection's secret follows from, so that whoever has the key can send.
func (s *Sender) seed(provider string) string {
	return hex.EncodeToString(sum(s.Key, "laptop", provider))
}

func (s *Sender) secret(provider string) (signs, stored string) {
	if of := plans[provider].secret; of != nil {
		return of(s.seed(provider))
	}
	return s.seed(provider), s.seed(provider)
}

// Connect makes the provider's connection, or leaves it as it is.
func (s *Sender) Connect(ctx context.Context, provider string) error {
	p, known := plans[provider]
	if !known {
		return fmt.Errorf("there is no provider %q; there are %v", provider, Providers())
	}
	path := s.URL + "/v1/connections/" + s.connection(provider)
	switch status, answer, err := s.Call(ctx, http.MethodGet, path, nil); {
	case err != nil || status == http.StatusOK:
		return err
	case status != http.StatusNotFound:
		return fmt.Errorf("GET %s: %d %s", path, status, answer)
	}
	_, stored := s.secret(provider)
	status, answer, err := s.Call(ctx, http.MethodPut, path, []byte(p.connection(provider, stored, s.Site)))
	if err == nil && status >= 300 {
		err = fmt.Errorf("PUT %s: %d %s", path, status, answer)
	}
	return err
}

// connection is the JSON of a connection of the provider; site may be empty.
func (p plan) connection(provider, stored, site string) string {
	body := fmt.Sprintf(`{"provider":%q,"secrets":[%q]`, provider, stored)
	if site != "" {
		body += fmt.Sprintf(`,"site":%q`, site)
	}
	if p.settings != "" {
		body += "," + p.settings
	}
	return body + "}"
}

// Call does one request with the API key and returns status and answer.
func (s *Sender) Call(ctx context.Context, method, address string, body []byte) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Authorization", "Bearer "+s.Key)
	return s.do(req)
}

func (s *Sender) do(req *http.Request) (int, string, error) {
	res, err := s.Client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return res.StatusCode, string(bytes.TrimSpace(answer)), err
}

// Make makes a delivery of a provider's event.
func (s *Sender) Make(provider, event string, c Change, how How) (*Delivery, error) {
	p, known := plans[provider]
	if !known {
		return nil, fmt.Errorf("there is no provider %q; there are %v", provider, Providers())
	}
	at := s.Now().Add(-how.Late)
	id := s.NewID()
	c.Fresh = id
	if c.Now.IsZero() {
		c.Now = at
	}
	if c.Seed == "" {
		c.Seed = id
	}
	body, err := load(s.Root, provider, event, c)
	if err != nil {
		return nil, err
	}
	if provider == "spend" {
		body = bytes.ReplaceAll(body, []byte("2026-03-01"), []byte(at.UTC().Format(time.DateOnly)))
	}
	d := &Delivery{Method: http.MethodPost, URL: s.URL + "/hooks/" + s.connection(provider), Header: http.Header{"Content-Type": {"application/json"}}, Body: body, Event: event, ID: id, At: at}
	if p.get {
		d.Method = http.MethodGet
	}
	secret, _ := s.secret(provider)
	if how.Wrong {
		secret = s.seed("wrong " + provider)
	}
	p.sign(d, secret)
	if how.Tampered {
		d.tamper()
	}
	return d, nil
}

// tamper changes what the sender said after it was signed: a digit or, without a body, the token.
func (d *Delivery) tamper() {
	if len(d.Body) == 0 {
		d.URL = strings.Replace(d.URL, "token=", "token=0", 1)
		return
	}
	if auth := d.Header.Get("Authorization"); auth != "" {
		d.Header.Set("Authorization", auth+"0") // a token covers no body
		return
	}
	if i := bytes.LastIndexAny(d.Body, "0123456789"); i >= 0 {
		d.Body = bytes.Clone(d.Body)
		d.Body[i] = '0' + (d.Body[i]-'0'+1)%10
	}
}

// Post sends a delivery and returns the status and the answer.
func (s *Sender) Post(ctx context.Context, d *Delivery) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, d.Method, d.URL, bytes.NewReader(d.Body))
	if err != nil {
		return 0, "", err
	}
	req.Header = d.Header.Clone()
	return s.do(req)
}

// Accepted reads how many events of a delivery were new and how many known.
func Accepted(answer string) (accepted, duplicates int) {
	var r struct{ Accepted, Duplicates int }
	_ = json.Unmarshal([]byte(answer), &r) // an answer that is none counts nothing
	return r.Accepted, r.Duplicates
}
