package httpapi

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"math"
	"strings"
	"testing"

	"tributary/shared/fault"
)

var errOurs = errors.New("ours")

func TestServeAnswersFaultsAndReturnsFailures(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error
		status int
		want   error
		log    string
	}{
		{"an answer", nil, 204, nil, ""},
		{"a fault", fault.New(fault.NotFound, "id", "there is none"), 404, nil, `"level":"INFO"`},
		{"a wrapped fault", errors.Join(fault.New(fault.TooMany, "", "less")), 400, nil, `"code":"too_many"`},
		{"a failure", errOurs, 0, errOurs, `"level":"ERROR"`},
	} {
		var out bytes.Buffer
		serve := Serve(slog.New(slog.NewJSONHandler(&out, nil)), func(context.Context, *Request) (Response, error) {
			return Response{StatusCode: 204}, c.err
		})
		res, err := serve(t.Context(), Request{RouteKey: "GET /x"})
		if !errors.Is(err, c.want) || c.err == nil && out.Len() > 0 || !strings.Contains(out.String(), c.log) || strings.Count(out.String(), "\n") > 1 {
			t.Errorf("%s: got %v, logged %s", c.name, err, &out)
		}
		if err == nil && res.StatusCode != c.status {
			t.Errorf("%s: got status %d, want %d", c.name, res.StatusCode, c.status)
		}
	}
}

func TestRefuseHasTheOneShapeOfErrors(t *testing.T) {
	res := Refuse(fault.New(fault.Unauthorized, "", "send Bearer <key> & more"))
	want := `{"error":{"code":"unauthorized","message":"send Bearer <key> & more"}}`
	if res.StatusCode != 401 || res.Body != want || res.Headers["content-type"] != "application/json" || res.Headers["cache-control"] != "no-store" {
		t.Errorf("got %d %s %v, want 401 %s", res.StatusCode, res.Body, res.Headers, want)
	}
	if res := JSON(200, math.Inf(1)); res.StatusCode != 500 || !strings.Contains(res.Body, `"code":"internal"`) {
		t.Errorf("what JSON cannot say: got %d %s", res.StatusCode, res.Body)
	}
}

func TestBody(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString
	for _, c := range []struct {
		name, body string
		base64     bool
		want       string
		code       fault.Code
	}{
		{"text", "12345678", false, "12345678", ""},
		{"too long", "123456789", false, "", fault.TooLarge},
		{"base64", encoded([]byte("12345678")), true, "12345678", ""},
		{"base64 without padding to spare", encoded([]byte("123456")), true, "123456", ""},
		{"too long in base64", encoded([]byte("123456789012")), true, "", fault.TooLarge},
		{"no base64", "%%%%", true, "", fault.InvalidJSON},
		{"empty", "", true, "", ""},
	} {
		got, err := Body(&Request{Body: c.body, IsBase64Encoded: c.base64}, 8)
		f := fault.Of(err)
		if string(got) != c.want || (f == nil) != (c.code == "") || f != nil && f.Code != c.code {
			t.Errorf("%s: got %q, %v; want %q, %q", c.name, got, err, c.want, c.code)
		}
	}
}

func TestQueryKeepsRepetitionsApart(t *testing.T) {
	q, err := Query(&Request{RawQueryString: "a=1,2&a=3&b=%2C"})
	if err != nil || len(q["a"]) != 2 || q["a"][0] != "1,2" || q.Get("b") != "," {
		t.Errorf("got %v, %v", q, err)
	}
	if _, err := Query(&Request{RawQueryString: "a=%zz"}); fault.Of(err) == nil || fault.Of(err).Code != fault.InvalidQuery {
		t.Errorf("got %v, want invalid_query", err)
	}
}

func TestAuthorize(t *testing.T) {
	const admin = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b" // of "secret"
	known := func(_ context.Context, sum string) (bool, error) {
		return sum == "87b04e58961f9a99d853d4046a0b5b793e7c3e4bbd21f5aca8fb17c20cdb1d8b", nil // of "stored"
	}
	down := func(context.Context, string) (bool, error) { return false, errOurs }
	for _, c := range []struct {
		name, header, admin string
		known               func(context.Context, string) (bool, error)
		want                string
	}{
		{"the admin's key", "Bearer secret", admin, down, ""},
		{"any case of the scheme, any space", " bearer   secret ", admin, down, ""},
		{"a stored key", "Bearer stored", admin, known, ""},
		{"no header", "", admin, known, "unauthorized"},
		{"no key", "Bearer", admin, known, "unauthorized"},
		{"another scheme", "Basic secret", admin, known, "unauthorized"},
		{"an unknown key", "Bearer other", admin, known, "unauthorized"},
		{"no admin key is set", "Bearer secret", "", known, "unauthorized"},
		{"half an admin key", "Bearer secret", admin[:32], known, "unauthorized"},
		{"keys cannot be read", "Bearer other", admin, down, "ours"},
	} {
		r := &Request{Headers: map[string]string{"authorization": c.header}}
		err := Authorize(t.Context(), r, c.admin, c.known)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}
