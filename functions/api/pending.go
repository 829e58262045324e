package main

import (
	"context"
	"net/http"

	"tributary/shared/httpapi"
)

// Each of these is deleted here by the file that brings it: reports.go.

func (s *server) reports(context.Context, *httpapi.Request) (httpapi.Response, error) {
	return pending("reports")
}

func pending(what string) (httpapi.Response, error) {
	return httpapi.JSON(http.StatusNotImplemented, map[string]string{"error": what + " is not available yet"}), nil
}
