package main

import "tributary/shared/fault"

// refuse is a fault of a parameter.
func refuse(field, format string, args ...any) error {
	return fault.New(fault.InvalidQuery, field, format, args...)
}

// clipped is what is shown of a value that was refused.
func clipped(s string) string { return s[:min(len(s), 40)] }
