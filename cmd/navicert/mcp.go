package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert/internal/server"
)

func newMCP(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "mcp",
		Short: "Serve tools to a language model, over standard input and output",
		Long: `Mcp speaks the Model Context Protocol over standard input and output, for
programs that run language models. The tools are determine, open_questions,
timeline, explain and search_goods; they read and never write, and their answers
carry the citations of the law. navicert serve has the same tools at /mcp.

A program that starts it wants the command and its one argument:

  {"mcpServers": {"navicert": {"command": "navicert", "args": ["mcp"]}}}`,
		Example: "  navicert mcp",
		Args:    exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			ctx, cancel := interruptible(context.Background())
			defer cancel()
			eng, err := e.open()
			if err != nil {
				return err
			}
			err = server.ServeTools(ctx, server.NewTools(eng, programVersion(), e.now), e.in, e.out)
			if ctx.Err() != nil {
				return nil
			}
			return err
		},
	}
}
