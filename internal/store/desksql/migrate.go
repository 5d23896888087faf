package desksql

import (
	"context"
	"fmt"

	"github.com/pressly/goose/v3"
)

// Migrate brings the tables of a desk up to date. Tables that a newer program made
// are refused and left as they are: this one might not keep what they hold.
func Migrate(ctx context.Context, p *goose.Provider) error {
	// First up and then the look: Up alone keeps other processes out, and on newer
	// tables it does nothing.
	if _, err := p.Up(ctx); err != nil {
		return err
	}
	current, newest, err := p.GetVersions(ctx)
	if err == nil && current > newest {
		err = fmt.Errorf("its tables are of version %d, and this navicert knows them up to version %d: it is older than the one that made them (use that one, or a later one)", current, newest)
	}
	return err
}
