package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// collection is what the routes of one kind of setting differ in.
type collection struct {
	name  string
	whole store.Shelf // of the installation; empty: each site has its own
	// parse reads a PUT's body into what is stored; site is the one it belongs to, was the stored body, nil when new.
	parse func(id string, body []byte, site settings.Site, was []byte) (any, error)
	// show is what may be seen of a stored body.
	show func(body []byte) (any, error)
}

// maxListed is how many settings one answer holds.
const maxListed = 1000

// collections are the settings that are one body each; keys have handlers of their own.
func collections() []collection {
	return []collection{
		{name: "sites", whole: store.Sites, parse: parseSite, show: showSite},
		{name: "goals", show: showStored, parse: func(id string, body []byte, site settings.Site, _ []byte) (any, error) {
			return settings.ParseGoal(id, body, site.Currency)
		}},
		{name: "campaigns", show: showStored, parse: func(id string, body []byte, site settings.Site, _ []byte) (any, error) {
			return settings.ParseCampaign(id, body, site.Currency)
		}},
		{name: "links", show: showStored, parse: func(id string, body []byte, _ settings.Site, _ []byte) (any, error) {
			return settings.ParseLink(id, body)
		}},
		{name: "connections", whole: store.Connections, parse: parseConnection, show: showConnection},
		{name: "programs", show: showStored, parse: func(id string, body []byte, _ settings.Site, _ []byte) (any, error) {
			return settings.ParseProgram(id, body)
		}},
		{name: "codes", show: showStored, parse: func(id string, body []byte, _ settings.Site, _ []byte) (any, error) {
			return settings.ParseCode(id, body)
		}},
		{name: "rules", show: showStored, parse: func(id string, body []byte, _ settings.Site, _ []byte) (any, error) {
			return settings.ParseRule(id, body)
		}},
	}
}

func parseSite(id string, body []byte, _ settings.Site, was []byte) (any, error) {
	old := settings.Site{}
	if was != nil {
		var err error
		if old, err = settings.DecodeSite(was); err != nil {
			return nil, err
		}
	}
	return settings.ParseSite(id, body, old)
}

func showSite(body []byte) (any, error) {
	site, err := settings.DecodeSite(body)
	return site.View(), err
}

func showStored(body []byte) (any, error) { return json.RawMessage(body), nil }

// settingsTable is the routes of all settings.
func (s *server) settingsTable() []route {
	t := []route{
		{http.MethodGet, "/v1/keys", keyed, taking(s.listKeys)},
		{http.MethodGet, "/v1/keys/{id}", keyed, taking(s.getKey)},
		{http.MethodPut, "/v1/keys/{id}", keyed, taking(s.putKey)},
		{http.MethodDelete, "/v1/keys/{id}", keyed, taking(s.deleteKey)},
	}
	for _, c := range collections() {
		path, all, put, remove := "/v1/"+c.name, s.list(c), s.put(c), s.remove(c)
		switch c.name {
		case "campaigns":
			all, put, remove = s.campaigns(all), s.checkingNames(s.keeping(c, put)), s.keeping(c, remove)
		case "goals":
			put, remove = s.warningOfPrimary(s.keeping(c, put)), s.keeping(c, remove)
		case "sites":
			put, remove = s.keeping(c, put), s.keeping(c, remove)
		case "rules":
			put, remove = s.checkingRules(put), s.clearingAlerts(remove)
		}
		takes := []string{"site"}
		if c.whole == store.Sites {
			takes = nil
		}
		if c.name != "campaigns" { // which look after it: unmatched=1 takes others
			all = taking(all, append([]string{"after"}, takes...)...)
		}
		t = append(t,
			route{http.MethodGet, path, keyed, all},
			route{http.MethodGet, path + "/{id}", keyed, taking(s.get(c), takes...)},
			route{http.MethodPut, path + "/{id}", keyed, taking(put, takes...)},
			route{http.MethodDelete, path + "/{id}", keyed, taking(remove, takes...)})
	}
	return t
}

// list answers {"goals":[…]} in order of id; "next" is there when after=<next> brings more.
func (s *server) list(c collection) httpapi.Handler {
	return func(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
		shelf, _, err := s.shelf(ctx, c, r)
		if err != nil {
			return httpapi.Response{}, err
		}
		q, err := httpapi.Query(r)
		if err != nil {
			return httpapi.Response{}, err
		}
		if after := q.Get("after"); after != "" && settings.CheckID("after", after) != nil {
			return httpapi.Response{}, fault.Query("after", "it must be the next of the answer before")
		}
		stored, err := s.store.ListSettings(ctx, shelf, q.Get("after"), maxListed+1)
		if err != nil {
			return httpapi.Response{}, err
		}
		return listed(c, stored, q.Get("after") == "")
	}
}

// listed shows what was read; the first page of sites holds the default one though nobody made it.
func listed(c collection, stored []store.Setting, first bool) (httpapi.Response, error) {
	answer, shown, hasDefault := map[string]any{}, []any{}, false
	for i, v := range stored {
		if i == maxListed {
			answer["next"] = stored[i-1].ID
			break
		}
		view, err := c.show(v.Body)
		if err != nil {
			return httpapi.Response{}, fmt.Errorf("api: %s %q: %w", c.name, v.ID, err)
		}
		shown, hasDefault = append(shown, view), hasDefault || v.ID == settings.DefaultID
	}
	if c.whole == store.Sites && first && !hasDefault {
		shown = append([]any{settings.DefaultSite(settings.DefaultID).View()}, shown...)
	}
	answer[c.name] = shown
	return httpapi.JSON(http.StatusOK, answer), nil
}

func (s *server) get(c collection) httpapi.Handler {
	return func(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
		shelf, _, err := s.shelf(ctx, c, r)
		if err != nil {
			return httpapi.Response{}, err
		}
		id := r.PathParameters["id"]
		v, found, err := s.store.Setting(ctx, shelf, id)
		switch {
		case err != nil:
			return httpapi.Response{}, err
		case found:
			return c.answer(http.StatusOK, v)
		case c.isDefault(id):
			return httpapi.JSON(http.StatusOK, settings.DefaultSite(id).View()), nil
		}
		return httpapi.Response{}, c.notFound(id)
	}
}

// put replaces a setting whole, 201 when there was none.
func (s *server) put(c collection) httpapi.Handler {
	return func(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
		id := r.PathParameters["id"]
		if err := settings.CheckID("id", id); err != nil {
			return httpapi.Response{}, err
		}
		shelf, site, err := s.shelf(ctx, c, r)
		if err != nil {
			return httpapi.Response{}, err
		}
		was, found, err := s.current(ctx, shelf, id, r)
		if err != nil {
			return httpapi.Response{}, err
		}
		v, err := c.read(id, r, site, was)
		if err != nil {
			return httpapi.Response{}, err
		}
		if v.Version, err = s.store.PutSetting(ctx, shelf, v); err != nil {
			return httpapi.Response{}, err
		}
		if found {
			return c.answer(http.StatusOK, v)
		}
		return c.answer(http.StatusCreated, v)
	}
}

// read makes the setting to store, at the version that it replaces.
func (c collection) read(id string, r *httpapi.Request, site settings.Site, was store.Setting) (store.Setting, error) {
	body, err := httpapi.Body(r, settings.MaxBody)
	if err != nil {
		return store.Setting{}, err
	}
	var old []byte
	if was.Version > 0 {
		old = was.Body
	}
	parsed, err := c.parse(id, body, site, old)
	if err != nil {
		return store.Setting{}, err
	}
	canonical, err := json.Marshal(parsed)
	if err != nil {
		return store.Setting{}, fmt.Errorf("api: %s %q: %w", c.name, id, err)
	}
	return store.Setting{ID: id, Body: canonical, Version: was.Version}, nil
}

// remove deletes a setting; the site default goes back to its defaults.
func (s *server) remove(c collection) httpapi.Handler {
	return func(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
		shelf, _, err := s.shelf(ctx, c, r)
		if err != nil {
			return httpapi.Response{}, err
		}
		id := r.PathParameters["id"]
		was, found, err := s.current(ctx, shelf, id, r)
		switch {
		case err != nil:
			return httpapi.Response{}, err
		case !found && c.isDefault(id):
			return noContent(), nil
		case !found:
			return httpapi.Response{}, c.notFound(id)
		}
		if err := s.store.DeleteSetting(ctx, shelf, id, was.Version); err != nil {
			return httpapi.Response{}, err
		}
		return noContent(), nil
	}
}

// current reads what is stored and holds it against If-Match, where the caller sends one.
func (s *server) current(ctx context.Context, shelf store.Shelf, id string, r *httpapi.Request) (store.Setting, bool, error) {
	v, found, err := s.store.Setting(ctx, shelf, id)
	if err != nil {
		return store.Setting{}, false, err
	}
	if want := header(r, "if-match"); want != "" && want != etag(v.Version) && (want != "*" || !found) {
		return store.Setting{}, false, fault.New(fault.ConcurrentUpdate, "", "If-Match is %s and the stored version is %s; read it and try again", want, etag(v.Version))
	}
	return v, found, nil
}

// shelf finds where a collection lies: for a site's, the site of the query, which must exist.
func (s *server) shelf(ctx context.Context, c collection, r *httpapi.Request) (store.Shelf, settings.Site, error) {
	if c.whole == store.Sites {
		return c.whole, settings.Site{}, nil
	}
	site, err := s.site(ctx, r)
	if c.whole != "" {
		return c.whole, site, err
	}
	return store.ShelfOf(site.ID, c.name), site, err
}

// answer shows a stored setting with its version as ETag.
func (c collection) answer(status int, v store.Setting) (httpapi.Response, error) {
	view, err := c.show(v.Body)
	if err != nil {
		return httpapi.Response{}, fmt.Errorf("api: %s %q: %w", c.name, v.ID, err)
	}
	res := httpapi.JSON(status, view)
	res.Headers["etag"] = etag(v.Version)
	return res, nil
}

func (c collection) isDefault(id string) bool { return c.name == "sites" && id == settings.DefaultID }

func (c collection) notFound(id string) error {
	return fault.New(fault.NotFound, "id", "there is no %s %q; make it with PUT /v1/%s/{id}", strings.TrimSuffix(c.name, "s"), id, c.name)
}

// inSite is the query that a path of a site's settings needs.
func inSite(site string) string {
	if site == settings.DefaultID {
		return ""
	}
	return "?site=" + site
}

func etag(version int64) string { return strconv.Quote(strconv.FormatInt(version, 10)) }

func noContent() httpapi.Response { return httpapi.Response{StatusCode: http.StatusNoContent} }
