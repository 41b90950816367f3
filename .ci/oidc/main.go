// Command oidc is an identity provider of somebody else's making, the OpenID
// Provider of github.com/zitadel/oidc with its page to sign in, for the test of
// single sign-on. It prints its issuer and ends when its standard input does, so
// that it never outlives the test.
package main

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

func main() {
	back := flag.String("back", "", "address that people are sent back to")
	people := flag.String("people", "", "JSON file with the people it knows")
	flag.Parse()
	if err := run(*back, *people); err != nil {
		fmt.Fprintln(os.Stderr, "oidc:", err)
		os.Exit(1)
	}
}

func run(back, people string) error {
	known, err := storage.StoreFromFile(people)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	issuer := "http://" + l.Addr().String()
	storage.RegisterClients(storage.WebClient("hailong", "bí mật", back))
	h := exampleop.SetupServer(issuer, storage.NewStorage(known), slog.New(slog.DiscardHandler), false)
	fmt.Println(issuer)
	go func() {
		defer os.Exit(0)
		io.Copy(io.Discard, os.Stdin) //nolint:errcheck // either way it is the end
	}()
	return http.Serve(l, h)
}
