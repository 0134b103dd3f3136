package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
)

var (
	reference      = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)
	wholeReference = regexp.MustCompile(`^(\$\{[A-Za-z_][A-Za-z0-9_]*\}|file:.*)$`)
	userinfo       = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*://)([^:@]*)(:.*)?@(.*)$`)
)

// largestSecret is what a file that holds one may measure, in bytes.
const largestSecret = 64 << 10

// secret is a value that may hold ${NAME} for an environment variable, or be
// file:PATH for the content of a file. Its value never shows in a problem.
func (b *builder) secret(n *node) string {
	if n.text() == "" {
		return ""
	}
	value, ok := b.expand(n)
	if !ok {
		n.refused = true
		return ""
	}
	if path, ok := strings.CutPrefix(value, "file:"); ok {
		if value, ok = b.readSecret(n, path); !ok {
			n.refused = true
			return ""
		}
	}
	if value != n.written && len(value) >= 4 {
		b.hidden = append(b.hidden, value)
	}
	n.value = value
	switch y := n.yaml.(type) {
	case *ast.StringNode:
		y.Value = value
	case *ast.LiteralNode:
		y.Value.Value = value
	}
	return value
}

// expand puts the environment in. Inside the user part of an address a value
// is escaped, so that a password may hold any character.
func (b *builder) expand(n *node) (string, bool) {
	written, ok := n.text(), true
	place := userinfo.FindStringSubmatchIndex(written)
	var out strings.Builder
	end := 0
	for _, m := range reference.FindAllStringSubmatchIndex(written, -1) {
		out.WriteString(written[end:m[0]])
		end = m[1]
		name := written[m[2]:m[3]]
		value, found := b.env(name)
		switch {
		case !found:
			b.at(n, "the environment variable %s is not set", name)
			ok = false
		case value == "":
			b.at(n, "the environment variable %s is set, but empty", name)
			ok = false
		case place != nil && m[0] < place[8]:
			value = strings.TrimPrefix(url.UserPassword("", value).String(), ":")
		}
		if len(value) >= 4 {
			b.hidden = append(b.hidden, value)
		}
		out.WriteString(value)
	}
	out.WriteString(written[end:])
	if rest := reference.ReplaceAllString(written, ""); strings.Contains(rest, "${") {
		b.at(n, "a reference to the environment is written ${NAME}; a secret that really holds ${ goes into a file (file:PATH)")
		ok = false
	}
	return out.String(), ok
}

// readSecret is the content of a file without the end of its last line.
func (b *builder) readSecret(n *node, path string) (string, bool) {
	text, err := readFile(b.beside(path), largestSecret)
	if err != nil {
		b.at(n, "the file of this secret cannot be read: %v", err)
		return "", false
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if value == "" || strings.ContainsFunc(value, unicode.IsControl) {
		b.at(n, "the file %s must hold the secret alone, on one line", path)
		return "", false
	}
	return value, true
}

// readFile reads a regular file; a pipe could keep us waiting for ever.
func readFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	var reason *fs.PathError
	if errors.As(err, &reason) {
		return nil, fmt.Errorf("%s: %w", path, reason.Err)
	} else if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, limit)
	}
	return text, nil
}

// beside is a path as seen from the folder of the configuration.
func (b *builder) beside(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(b.folder, path)
}

// redacted is a secret as it may be stored and shown: references as written, of
// an address everything but the password and the query, else nothing. An opaque
// one is an address whose path is the secret (a webhook).
func redacted(written string, opaque bool) string {
	if wholeReference.MatchString(written) {
		return written
	}
	scheme, rest, isAddress := strings.Cut(written, "://")
	if !isAddress {
		return "***"
	}
	if opaque {
		host, _, _ := strings.Cut(rest[strings.LastIndexByte(rest, '@')+1:], "/")
		return scheme + "://" + host + "/***"
	}
	address, _, query := strings.Cut(written, "?")
	if m := userinfo.FindStringSubmatch(address); m != nil {
		password := m[3]
		if password != "" && !wholeReference.MatchString(password[1:]) {
			password = ":***"
		}
		address = m[1] + m[2] + password + "@" + m[4]
	}
	if query {
		address += "?***"
	}
	return address
}
