package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// answer is a function's answer in payload format 2.0. multiValueHeaders belongs to format 1.0 and is passed over.
type answer struct {
	StatusCode      json.Number                `json:"statusCode"`
	Headers         map[string]json.RawMessage `json:"headers"`
	Cookies         []string                   `json:"cookies"`
	Body            *string                    `json:"body"`
	IsBase64Encoded bool                       `json:"isBase64Encoded"`
}

// respond writes what the function answered. Anything that is no object with a statusCode is itself the body of a 200.
func respond(w http.ResponseWriter, raw []byte) error {
	var a answer
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &a) != nil || a.StatusCode == "" {
		return plain(w, raw)
	}
	status, err := strconv.Atoi(a.StatusCode.String())
	if err != nil || status < 100 || status > 599 {
		return fmt.Errorf("statusCode %s is none", a.StatusCode)
	}
	var body []byte
	if a.Body != nil {
		body = []byte(*a.Body)
	}
	if a.IsBase64Encoded {
		if body, err = base64.StdEncoding.DecodeString(*a.Body); err != nil {
			return fmt.Errorf("the body is no base64: %w", err)
		}
	}
	h := w.Header()
	for name, value := range a.Headers {
		h.Set(name, headerText(value))
	}
	for _, c := range a.Cookies {
		h.Add("Set-Cookie", c)
	}
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "text/plain;charset=utf-8")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone
	return nil
}

// plain answers a body without a status: JSON as it is, a JSON string as its text.
func plain(w http.ResponseWriter, raw []byte) error {
	if !json.Valid(raw) {
		return fmt.Errorf("the answer is no JSON")
	}
	var text string
	if raw[0] == '"' && json.Unmarshal(raw, &text) == nil {
		raw = []byte(text)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(raw) // the client may be gone
	return nil
}

func headerText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw) // a number or boolean
}

// refuse answers as the gateway itself does.
func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"message":%q}`, message)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
