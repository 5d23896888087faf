package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
)

func newVerify(e *env) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "verify FILE|-",
		Short: "Determine a kept answer again and compare the bytes",
		Long: `Verify takes an answer kept with determine --output json, determines its case
again on the packs at hand, and compares the two byte by byte. It needs no
network. A difference means that the answer was altered, that it rests on other
packs (the digests tell), or that the engine reads them differently.`,
		Example: `  navicert determine examples/magnet.yaml --output json > answer.json
  navicert verify answer.json`,
		Args: exactly(1, "the file of an answer"),
		RunE: func(_ *cobra.Command, args []string) error {
			data, err := e.read(args[0])
			if err != nil {
				return err
			}
			eng, err := e.open()
			if err != nil {
				return err
			}
			if err := eng.Verify(data); err != nil {
				return fmt.Errorf("%s: %w", inputName(args[0]), err)
			}
			var sealed struct {
				Digest string `json:"digest"`
			}
			if err := json.Unmarshal(data, &sealed); err != nil {
				return fmt.Errorf("%s: %w", inputName(args[0]), err)
			}
			if output == "json" {
				return writeJSON(e.out, map[string]any{"file": args[0], "verified": true, "digest": sealed.Digest})
			}
			fmt.Fprintf(e.out, "%s: the same case on the same packs gives the same bytes\n%s\n", inputName(args[0]), sealed.Digest)
			return nil
		},
	}
	scenarioFlag(cmd, e)
	outputFlag(cmd, &output, "text", "json")
	return cmd
}
