// Package fault names what can be wrong with a request. A Fault crosses every boundary unchanged: the code is for
// programs, the message tells a person what to do, the field says where. Codes map to HTTP statuses in one table.
package fault

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Code is a stable name of a refusal; README lists all of them.
type Code string

// The codes of contract.md section 1. Internal is never sent with its cause.
const (
	InvalidJSON      Code = "invalid_json"
	InvalidField     Code = "invalid_field"
	MissingField     Code = "missing_field"
	TooLarge         Code = "too_large"
	TooMany          Code = "too_many"
	UnknownSite      Code = "unknown_site"
	UnknownCurrency  Code = "unknown_currency"
	InvalidAmount    Code = "invalid_amount"
	InvalidTime      Code = "invalid_time"
	OutsideRetention Code = "outside_retention"
	IDConflict       Code = "id_conflict"
	Unauthorized     Code = "unauthorized"
	NotFound         Code = "not_found"
	InvalidQuery     Code = "invalid_query"
	TZNotSupported   Code = "tz_not_supported"
	ModelInReports   Code = "model_in_reports_only"
	MethodNotAllowed Code = "method_not_allowed"
	StoreUnavailable Code = "store_unavailable"
	ConcurrentUpdate Code = "concurrent_update"
	NotReplayable    Code = "not_replayable"
	Internal         Code = "internal"
)

// status holds the HTTP status of every code that is not a plain 400.
var status = map[Code]int{
	TooLarge:         http.StatusRequestEntityTooLarge,
	IDConflict:       http.StatusConflict,
	Unauthorized:     http.StatusUnauthorized,
	NotFound:         http.StatusNotFound,
	MethodNotAllowed: http.StatusMethodNotAllowed,
	StoreUnavailable: http.StatusServiceUnavailable,
	ConcurrentUpdate: http.StatusConflict,
	NotReplayable:    http.StatusConflict,
	Internal:         http.StatusInternalServerError,
}

// Fault is a refusal with a reason.
type Fault struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	Field   string `json:"field,omitempty"`
}

// Error makes Fault an error.
func (f *Fault) Error() string {
	if f.Field == "" {
		return string(f.Code) + ": " + f.Message
	}
	return string(f.Code) + ": " + f.Field + ": " + f.Message
}

// New makes a Fault; field may be empty.
func New(code Code, field, format string, args ...any) *Fault {
	return &Fault{Code: code, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Query refuses a parameter of a query.
func Query(field, format string, args ...any) error {
	return New(InvalidQuery, field, format, args...)
}

// Clip is what is shown of a value that was refused: at most 64 bytes, none of them half a letter, so that a message stays short and
// readable whatever was sent.
func Clip(s string) string {
	if len(s) <= 64 {
		return s
	}
	return strings.ToValidUTF8(s[:64], "") + "…"
}

// Of finds the Fault in err's chain; nil when there is none, so that the error is our own failure.
func Of(err error) *Fault {
	if err == nil {
		return nil // the most frequent, and what follows allocates
	}
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// Status is the HTTP status for a code.
func (c Code) Status() int {
	if s, ok := status[c]; ok {
		return s
	}
	return http.StatusBadRequest
}
