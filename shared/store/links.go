package store

import (
	"context"

	"tributary/shared/click"
	"tributary/shared/settings"
)

// Way reads where a link or a referral code of a site leads; false when there is no such, or no program of the code's.
func (s *Store) Way(ctx context.Context, site string, kind click.Kind, name string) (click.Way, bool, error) {
	if kind != click.Code {
		l, found, err := settingAs[settings.Link](ctx, s, ShelfOf(site, "links"), name)
		return click.OfLink(l), found, err
	}
	c, found, err := settingAs[settings.Code](ctx, s, ShelfOf(site, "codes"), name)
	if err != nil || !found {
		return click.Way{}, false, err
	}
	p, found, err := settingAs[settings.Program](ctx, s, ShelfOf(site, "programs"), c.Program)
	return click.OfCode(c, p), found, err
}

// settingAs reads one setting as what it is.
func settingAs[T any](ctx context.Context, s *Store, shelf Shelf, id string) (T, bool, error) {
	var none T
	v, found, err := s.Setting(ctx, shelf, id)
	if err != nil || !found {
		return none, false, err
	}
	decoded, err := settings.Decode[T](v.Body)
	if err != nil {
		return none, false, wrap(err, "Setting", shelf, id)
	}
	return decoded, true, nil
}
