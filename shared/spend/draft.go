package spend

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// ID names the event of a row: the same for the same connection, account, day and identity, so that a newer file's row takes
// the place of an older one's.
func (s *Set) ID(connection string, r *Row) string {
	h := sha256.Sum256([]byte(strings.Join([]string{connection, s.Account, s.Date, r.identity()}, "\x1e")))
	return "spend-" + base64.RawURLEncoding.EncodeToString(h[:12])
}

// Draft is the row as an event of contract.md section 2. Version tells which file it is of: the newest stands.
func (s *Set) Draft(site, connection string, r *Row, version int64) ([]byte, error) {
	m := map[string]any{
		"id": s.ID(connection, r), "type": "spend", "site": site, "date": r.Date, "version": version,
		"cost_micros": r.Cost, "currency": r.Currency,
	}
	for name, v := range map[string]string{
		"campaign": r.Campaign, "campaign_id": r.CampaignID, "channel": r.Channel, "account": or(r.Account, r.AccountID), "account_id": r.AccountID,
		"ad_group": r.AdGroup, "ad_group_id": r.AdGroupID, "ad": r.Ad, "ad_id": r.AdID, "category": r.Category, "kind": r.Kind, "connection": connection,
	} {
		if v != "" {
			m[name] = v
		}
	}
	for name, n := range map[string]int64{"impressions": r.Impressions, "clicks": r.Clicks} {
		if n >= 0 {
			m[name] = n
		}
	}
	if r.Conversions != "" {
		m["platform_conversions"] = json.Number(r.Conversions)
	}
	b, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("spend: draft of line %d: %w", r.Line, err)
	}
	return b, nil
}

// decimal writes millionths as a decimal without trailing zeros.
func decimal(micros int64) string {
	whole, rest := micros/1_000_000, micros%1_000_000
	if rest == 0 {
		return strconv.FormatInt(whole, 10)
	}
	return strings.TrimRight(fmt.Sprintf("%d.%06d", whole, rest), "0")
}
