package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// usageWidth is how wide what --help says of flags may be, in columns.
const usageWidth = 80

// usage writes how a command is typed, as cobra does, with flags broken to lines.
// A template of usage would say it shorter, and keep the methods of every type in
// the binary (decision 24).
func usage(c *cobra.Command) error {
	var b strings.Builder
	b.WriteString("Usage:")
	if c.Runnable() {
		b.WriteString("\n  " + c.UseLine())
	}
	if c.HasAvailableSubCommands() {
		b.WriteString("\n  " + c.CommandPath() + " [command]")
	}
	if c.HasExample() {
		b.WriteString("\n\nExamples:\n" + c.Example)
	}
	if c.HasAvailableSubCommands() {
		b.WriteString("\n\nAvailable Commands:")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				fmt.Fprintf(&b, "\n  %-*s %s", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	flags := func(title, usages string) {
		b.WriteString("\n\n" + title + ":\n" + strings.TrimRight(usages, " \n"))
	}
	if c.HasAvailableLocalFlags() {
		flags("Flags", c.LocalFlags().FlagUsagesWrapped(usageWidth))
	}
	if c.HasAvailableInheritedFlags() {
		flags("Global Flags", c.InheritedFlags().FlagUsagesWrapped(usageWidth))
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n\nUse %q for more.", c.CommandPath()+" [command] --help")
	}
	_, err := fmt.Fprintln(c.OutOrStderr(), b.String())
	return err
}
