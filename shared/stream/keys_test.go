package stream

import "testing"

// Ensures that a record of keys alone, and one with images, tells its item, and that anything else is an error.
func TestKeys(t *testing.T) {
	for _, row := range []struct{ name, raw, pk, sk string }{
		{"keys alone", `{"dynamodb":{"Keys":{"pk":{"S":"shop#site#"},"sk":{"S":"2026-01-01T00#1"}},"StreamViewType":"KEYS_ONLY"}}`, "shop#site#", "2026-01-01T00#1"},
		{"with an image", `{"dynamodb":{"NewImage":{"pk":{"S":"other"}},"Keys":{"sk":{"S":"b"},"pk":{"S":"a \"q\""}}}}`, `a "q"`, "b"},
		{"no keys", `{"dynamodb":{}}`, "", ""},
		{"another type", `{"dynamodb":{"Keys":{"pk":{"N":"1"}}}}`, "", ""},
		{"no JSON", `{"dynamodb"`, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			pk, sk, err := Keys([]byte(row.raw))
			if pk != row.pk || sk != row.sk || (err == nil) != (row.pk != "") {
				t.Errorf("got %q, %q, %v; want %q, %q", pk, sk, err, row.pk, row.sk)
			}
		})
	}
}
