package store

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Causes reads, of the records of a kind at some nodes, because of what each was last written (journey.Record.Cause), by node. It costs
// what reading the records does. A node may be named once.
func (s *Store) Causes(ctx context.Context, site, kind string, nodes []string) (map[string][]string, error) {
	causes := map[string][]string{}
	for some := range slices.Chunk(nodes, batchKeys) {
		what := types.KeysAndAttributes{ProjectionExpression: aws.String("node, cause")}
		for _, node := range some {
			pk, sk := recordPlace(site, kind, node)
			what.Keys = append(what.Keys, Item{"pk": text(pk), "sk": text(sk)})
		}
		err := s.fetch(ctx, what, func(item Item) {
			if cause := textOf(item, "cause"); cause != "" {
				causes[textOf(item, "node")] = strings.Split(cause, "\n")
			}
		})
		if err != nil {
			return nil, wrap(err, "Causes", site)
		}
	}
	return causes, nil
}
