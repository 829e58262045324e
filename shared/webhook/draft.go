package webhook

import (
	"strings"

	"tributary/shared/event"
)

// Email is an address as an event takes it; empty for what is none. A provider's field that is filled in oddly must not
// cost the sale that it stands in.
func Email(s string) string {
	if _, err := event.HashEmail(s); err != nil {
		return ""
	}
	return s
}

// Phone is a number with its country code as an event takes it; empty for any other.
func Phone(s string) string {
	if _, err := event.HashPhone(s); err != nil {
		return ""
	}
	return s
}

// Text is the first of some texts that is there.
func Text(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// Texts are those of some texts that are there, each once.
func Texts(all ...string) []string {
	var list []string
	for _, s := range all {
		if s != "" && !has(list, s) {
			list = append(list, s)
		}
	}
	return list
}

func has(list []string, s string) bool {
	for _, t := range list {
		if t == s {
			return true
		}
	}
	return false
}

// Prefixed is prefix and id, like stripe:cus_1; empty without an id.
func Prefixed(prefix, id string) string {
	if id == "" {
		return ""
	}
	return prefix + ":" + id
}

// Decimal writes an integer of 10^-exp units as a decimal: 4200 with 2 is 42.00. Text that is no integer becomes one that is
// no amount either, so that the event is refused.
func Decimal(integer string, exp int) string {
	digits, negative := strings.CutPrefix(integer, "-")
	switch {
	case digits == "" || strings.Trim(digits, "0123456789") != "":
		return "no integer: " + integer
	case exp == 0:
		return integer
	}
	if pad := exp + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	at := len(digits) - exp
	digits = digits[:at] + "." + digits[at:]
	if negative {
		return "-" + digits
	}
	return digits
}
