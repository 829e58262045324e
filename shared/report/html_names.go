package report

import "strings"

// rateTitles names the rates that a campaign can be weak in.
var rateTitles = map[string]string{
	"ctr": "Click-through rate", "conversion_rate_visits": "Conversions per visit", "conversion_rate_visitors": "Conversions per visitor",
	"landing_page_conversion_rate": "Conversions per landing", "cpa_minor": "Spend per conversion", "cpc_minor": "Spend per click",
	"roas_gross": "Return on spend, gross", "roas_net": "Return on spend, net", "aov_gross_minor": "Value of an order", "aov_net_minor": "Net value of an order",
}

func rateTitle(name string) string {
	if t := rateTitles[name]; t != "" {
		return t
	}
	return sentence(name)
}

var reasonTitles = map[string]string{
	"added": "New conversion", "removed": "No longer a conversion", "refund": "Refund", "value": "Value changed", "time": "Time changed",
	"touches": "Contacts changed", "own_credit": "Credit by campaigns' own settings changed", "merged": "Two people found to be one", "identified": "Person became known",
	"forgotten": "Person no longer known", "goal": "Goal or order changed", "cost": "Spend changed", "settings": "Settings changed",
	"non_converting": "Paths of people who did not convert changed", "beside": "Period before or data quality changed",
	"not_listed": "The revision before lists no conversions",
}

func reasonTitle(name string) string {
	if t := reasonTitles[name]; t != "" {
		return t
	}
	return sentence(name)
}

// sentence makes words of a name in snake case.
func sentence(name string) string {
	text := strings.ReplaceAll(name, "_", " ")
	if text == "" || text[0] < 'a' || text[0] > 'z' {
		return text
	}
	return string(text[0]-'a'+'A') + text[1:]
}
