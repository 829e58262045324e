package receive

import (
	"context"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/obs"
	"tributary/shared/settings"
	"tributary/shared/webhook"
)

// Files keeps a delivery that is a file; see spill.Bucket.
type Files interface {
	Put(ctx context.Context, key string, body []byte) error
}

// importFolder is where functions/import finds what it reads.
const importFolder = "imports/"

// maxRefused is how many refused rows an answer lists.
const maxRefused = 100

// deposit hands a delivery that is a file over to import, by the bucket: only import may take events back, which a newer
// file does. A file of which nothing can be read is refused; its sender waits for the answer.
func (r *Receiver) deposit(ctx context.Context, c *settings.Connection, p *webhook.Provider, d *webhook.Delivery, dry bool) (Result, error) {
	taken, err := p.File(c, d)
	if f := fault.Of(err); f != nil && !dry {
		r.in.Refuse(ctx, c.Site, "", string(d.Body[:min(len(d.Body), 4<<10)]), f)
	}
	if err != nil {
		return Result{}, err
	}
	result := Result{Accepted: taken.Rows, Rejected: taken.Refused[:min(len(taken.Refused), maxRefused)], DryRun: dry}
	if dry {
		return result, nil
	}
	for _, row := range result.Rejected {
		obs.Count(ctx, r.log, "refused", 1, "door", "webhook", "code", string(row.Code))
	}
	key := strings.Join([]string{c.Site, c.ID, d.Now.UTC().Format("2006-01-02"), digest(d.Body)[:32] + "." + taken.Extension}, "/")
	return result, r.Files.Put(ctx, importFolder+key, d.Body)
}
