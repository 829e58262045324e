package main

import (
	"cmp"

	"tributary/shared/settings"
	"tributary/shared/webhook/registry"
)

// parseConnection reads a connection and asks its provider about it: an empty or undecodable secret is refused here, long
// before a delivery comes. Its events go to the site of the body, else of the query.
func parseConnection(id string, body []byte, site settings.Site, was []byte) (any, error) {
	old := settings.Connection{}
	if was != nil {
		var err error
		if old, err = settings.DecodeConnection(was); err != nil {
			return nil, err
		}
	}
	c, err := settings.ParseConnection(id, body, cmp.Or(site.ID, settings.DefaultID), old)
	if err != nil {
		return nil, err
	}
	return c, registry.Check(&c)
}

// showConnection shows everything but the secrets.
func showConnection(body []byte) (any, error) {
	c, err := settings.DecodeConnection(body)
	return c.View(), err
}
