// Package httpapi is the boundary to API Gateway's HTTP API (payload 2.0). A handler returns an answer or an error;
// a fault.Fault becomes its own answer, every other error goes back to Lambda, so that the Errors metric sees it.
package httpapi

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"tributary/shared/fault"
)

// Request is what the functions read of a payload. aws-lambda-go's own type holds all of it, which costs a pixel as much
// time again as reading this.
type Request struct {
	RouteKey        string            `json:"routeKey"`
	RawPath         string            `json:"rawPath"`
	RawQueryString  string            `json:"rawQueryString"`
	Cookies         []string          `json:"cookies,omitempty"`
	Headers         map[string]string `json:"headers"` // names in lower case, repeats joined by commas
	Body            string            `json:"body,omitempty"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
	RequestContext  RequestContext    `json:"requestContext"`

	PathParameters map[string]string `json:"-"` // set by the api function's own routes
}

// RequestContext is what the gateway knows of a request.
type RequestContext struct {
	RequestID  string `json:"requestId"`
	DomainName string `json:"domainName"`
	HTTP       HTTP   `json:"http"`
}

// HTTP is what is read of the request's first line.
type HTTP struct {
	Method   string `json:"method"`
	SourceIP string `json:"sourceIp"` // as the gateway saw it; never stored or logged
}

// Response is the payload as it leaves.
type Response = events.APIGatewayV2HTTPResponse

// Handler answers one request.
type Handler func(ctx context.Context, r *Request) (Response, error)

// Serve adapts h to lambda.Start: faults are answered and logged once, other errors are returned.
func Serve(log *slog.Logger, h Handler) func(context.Context, Request) (Response, error) {
	return func(ctx context.Context, r Request) (Response, error) {
		res, err := h(ctx, &r)
		if err == nil {
			finish(&res)
			return res, nil
		}
		f := fault.Of(err)
		if f == nil {
			log.ErrorContext(ctx, "request failed", "route", r.RouteKey, "request_id", r.RequestContext.RequestID, "error", err)
			return Response{}, err
		}
		log.InfoContext(ctx, "request refused", "route", r.RouteKey, "request_id", r.RequestContext.RequestID, "code", f.Code, "field", f.Field)
		res = Refuse(f)
		finish(&res)
		return res, nil
	}
}

// Refuse is the one shape of every error: {"error":{"code","message","field"}}.
func Refuse(f *fault.Fault) Response {
	return JSON(f.Code.Status(), map[string]*fault.Fault{"error": f})
}

// JSON answers v; HTML in strings is left alone, as the content type forbids reading it as a page.
func JSON(status int, v any) Response {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return Response{StatusCode: http.StatusInternalServerError, Body: `{"error":{"code":"internal","message":"the answer cannot be encoded"}}`}
	}
	return Response{StatusCode: status, Body: strings.TrimSuffix(body.String(), "\n"), Headers: map[string]string{
		"content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff",
	}}
}

// Body decodes the payload. More than limit bytes is a too_large fault, found before anything is decoded.
func Body(r *Request, limit int) ([]byte, error) {
	n := len(r.Body)
	if r.IsBase64Encoded {
		n = base64.StdEncoding.DecodedLen(n) - 2
	}
	if n > limit {
		return nil, fault.New(fault.TooLarge, "", "the body has more than %d bytes; send fewer events at a time", limit)
	}
	if !r.IsBase64Encoded {
		return []byte(r.Body), nil
	}
	b, err := base64.StdEncoding.DecodeString(r.Body)
	if err != nil {
		return nil, fault.New(fault.InvalidJSON, "", "the body is marked as base64 and is not")
	}
	return b, nil
}

// Query parses the raw query string: the gateway's own map joins repeated names with commas.
func Query(r *Request) (url.Values, error) {
	q, err := url.ParseQuery(r.RawQueryString)
	if err != nil {
		return nil, fault.New(fault.InvalidQuery, "", "the query string cannot be read: %v", err)
	}
	return q, nil
}

// DryRun reports that nothing shall be stored: Tributary-Dry-Run is there and does not say no. Whoever writes "true" means it.
func DryRun(r *Request) bool {
	switch strings.ToLower(r.Headers["tributary-dry-run"]) {
	case "", "0", "false", "no":
		return false
	}
	return true
}
