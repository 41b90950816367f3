// Command ferretdb serves the MongoDB wire protocol from a directory of SQLite
// files, for the exam of the MongoDB engine where no MongoDB is at hand. It
// prints its address and ends when its standard input does, so that it never
// outlives the test.
//
// FerretDB's own command cannot be built by the module proxy's copy of it (it
// lacks its version file), hence this one.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	dir := flag.String("dir", "", "directory of the data")
	listen := flag.String("listen", "127.0.0.1:0", "address to listen at")
	flag.Parse()
	if err := run(*dir, *listen); err != nil {
		fmt.Fprintln(os.Stderr, "ferretdb:", err)
		os.Exit(1)
	}
}

func run(dir, listen string) error {
	if dir == "" {
		return fmt.Errorf("-dir is missing")
	}
	f, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: listen},
		Handler:   "sqlite",
		SQLiteURL: "file:" + dir + "/",
		Logger:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		defer stop()
		io.Copy(io.Discard, os.Stdin) //nolint:errcheck // either way it is the end
	}()
	go func() { fmt.Println(f.MongoDBURI()) }() // waits until it listens
	return f.Run(ctx)
}
