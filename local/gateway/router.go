// Package gateway serves a template's routes as an API Gateway HTTP API does (payload format 2.0), and the Lambda Invoke API.
package gateway

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"tributary/local/template"
)

// route is a path of the template and the function behind it.
type route struct {
	method   string // or ANY
	path     string
	segments []string
	function Function
	timeout  time.Duration
}

// router finds the most specific route.
type router struct{ routes []route }

func (r *router) add(t template.Route, f Function) {
	r.routes = append(r.routes, route{t.Method, t.Path, split(t.Path), f, t.Timeout})
	slices.SortStableFunc(r.routes, func(a, b route) int { return compare(a, b) })
}

func split(path string) []string { return strings.Split(strings.TrimPrefix(path, "/"), "/") }

// compare puts the more specific route first: a full match before a greedy one, literal segments before variables from the left, a method
// before ANY.
func compare(a, b route) int {
	for i := 0; i < len(a.segments) && i < len(b.segments); i++ {
		if d := rank(a.segments[i]) - rank(b.segments[i]); d != 0 {
			return d
		}
	}
	if d := len(b.segments) - len(a.segments); d != 0 {
		return d
	}
	return strings.Compare(anyLast(a.method), anyLast(b.method))
}

func anyLast(method string) string {
	if method == "ANY" {
		return "~"
	}
	return method
}

func rank(segment string) int {
	switch {
	case greedy(segment):
		return 2
	case strings.HasPrefix(segment, "{"):
		return 1
	}
	return 0
}

func greedy(segment string) bool { return strings.HasSuffix(segment, "+}") }

// find answers the route of a decoded path and its path parameters; nil where there is none.
func (r *router) find(method, path string) (*route, map[string]string) {
	segments := split(path)
	for i := range r.routes {
		if to := &r.routes[i]; to.method == "ANY" || to.method == method {
			if params, ok := to.match(segments); ok {
				return to, params
			}
		}
	}
	return nil, nil
}

func (r *route) match(segments []string) (map[string]string, bool) {
	var params map[string]string
	for i, want := range r.segments {
		if i >= len(segments) {
			return nil, false
		}
		switch rank(want) {
		case 0:
			if want != segments[i] {
				return nil, false
			}
			continue
		case 2:
			if segments[i] == "" {
				return nil, false
			}
			return with(params, want[1:len(want)-2], strings.Join(segments[i:], "/")), true
		}
		if segments[i] == "" {
			return nil, false
		}
		params = with(params, want[1:len(want)-1], segments[i])
	}
	return params, len(segments) == len(r.segments)
}

func with(params map[string]string, name, value string) map[string]string {
	if params == nil {
		params = map[string]string{}
	}
	params[name] = value
	return params
}

// key is the route's name in events, like "GET /v1/{proxy+}".
func (r *route) key() string { return r.method + " " + r.path }

// allowed are methods that net/http serves but API Gateway refuses.
func allowed(method string) bool { return method != http.MethodConnect && method != http.MethodTrace }
