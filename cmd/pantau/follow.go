package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"pantau/diff/registry"
	"pantau/internal/snapshot"
	"pantau/notify"
)

// followFlags are the flags of pantau follow.
type followFlags struct {
	as, client, source string
	pick               []string
}

func (a *app) followCommand() *cobra.Command {
	var f followFlags
	c := &cobra.Command{
		Use: "follow NAME|DOMAIN|ID", Short: "Follow operators of a register, by the numbers you pick", Args: usage(cobra.ExactArgs(1)),
		Long:    "Proposes the registrations that a name, a domain or a number finds; you pick, and the numbers are stored.\nOn a terminal you are asked; elsewhere name them with --pick. Answers with their present state.",
		Example: "  pantau follow \"PT Contoh\"\n  pantau follow contoh.co.id --as vendor --client \"PT Klien\"\n  pantau follow 22722 --as own --pick 22722",
		RunE:    a.with(func(ctx context.Context, s *system, args []string) error { return a.follow(ctx, s, args[0], f) }),
	}
	c.Flags().StringVar(&f.as, "as", "own", "what they are to you: own, vendor, competitor or watched")
	c.Flags().StringVar(&f.client, "client", "", "on whose behalf")
	c.Flags().StringVar(&f.source, "source", "", "the register, if there are several")
	c.Flags().StringSliceVar(&f.pick, "pick", nil, "numbers to follow, parted by commas")
	return c
}

func (a *app) follow(ctx context.Context, s *system, query string, f followFlags) error {
	if !slices.Contains([]notify.Relation{notify.Own, notify.Vendor, notify.Competitor, notify.Watched}, notify.Relation(f.as)) {
		return exit{exitConfig, fmt.Errorf("--as %s: want own, vendor, competitor or watched", f.as)}
	}
	src, err := s.register(f.source)
	if err != nil {
		return exit{exitConfig, err}
	}
	rows, err := s.store.Rows(ctx, src.ID)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return fmt.Errorf("the register %s has not been seen yet: `pantau check %s` first", src.ID, src.ID)
	}
	proposals := registry.Propose(rows, src.Listing, query)
	picked, err := a.pickProposals(src, rows, proposals, query, f.pick)
	if err != nil || len(picked) == 0 {
		return err
	}
	var list []notify.Follow
	for _, k := range picked {
		list = append(list, notify.Follow{Source: src.ID, Operator: k, As: notify.Relation(f.as), Client: f.client, Name: nameOf(src, rows, k)})
	}
	if err := s.store.Follow(ctx, list, who(), time.Now()); err != nil {
		return err
	}
	return a.present(ctx, s, src, rows, list)
}

// register finds the register that is meant.
func (s *system) register(id string) (snapshot.Source, error) {
	var found []snapshot.Source
	for _, src := range s.conf.Sources {
		if src.Type == snapshot.Registry && (id == "" || src.ID == id) {
			found = append(found, src)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0 && id != "":
		return snapshot.Source{}, fmt.Errorf("there is no register %q in the configuration", id)
	case len(found) == 0:
		return snapshot.Source{}, errors.New("the configuration has no source of type registry")
	}
	return snapshot.Source{}, errors.New("there are several registers: say which with --source")
}

// pickProposals shows what was found and returns the numbers to follow: those
// of --pick, the query itself if it is the number of a registration, or what is
// answered on the terminal.
func (a *app) pickProposals(src snapshot.Source, rows []registry.Row, proposals []registry.Proposal, query string, pick []string) ([]string, error) {
	if len(pick) == 0 && nameOf(src, rows, query) != "" {
		pick = []string{query}
	}
	for _, k := range pick {
		if nameOf(src, rows, k) == "" {
			return nil, fmt.Errorf("no registration %s in the register", k)
		}
	}
	if len(pick) > 0 {
		return pick, nil
	}
	if len(proposals) == 0 {
		return nil, fmt.Errorf("nothing in the register fits %q; try another spelling, a part of the name, or a domain", query)
	}
	for n, p := range proposals {
		if a.json {
			if err := a.print(p); err != nil {
				return nil, err
			}
			continue
		}
		fmt.Fprintf(a.out, "%3d  %-7s %s (%s)  %s  %s  [%s]\n", n+1, p.Key, p.Name, p.Company, p.Website, p.Index, p.Why)
	}
	if a.json || !term.IsTerminal(int(a.in.Fd())) {
		if !a.json {
			fmt.Fprintf(a.out, "\nNothing is followed yet. Pick with: pantau follow %s --pick %s\n", strconv.Quote(query), proposals[0].Key)
		}
		return nil, nil
	}
	fmt.Fprint(a.out, "\nWhich of them (numbers of the first column, parted by blanks; nothing for none)? ")
	line, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	for _, w := range strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' }) {
		n, err := strconv.Atoi(w)
		if err != nil || n < 1 || n > len(proposals) {
			return nil, fmt.Errorf("%q is not one of 1 to %d; nothing was stored", w, len(proposals))
		}
		pick = append(pick, string(proposals[n-1].Key))
	}
	return pick, nil
}

func nameOf(src snapshot.Source, rows []registry.Row, key string) string {
	for i := range rows {
		if string(rows[i].Key) == key {
			return cmp.Or(registry.Label(src.Listing, rows[i].Key, rows[i].Fields), key)
		}
	}
	return ""
}

// followed is the JSON of one follow with its present state.
type followed struct {
	notify.Follow
	Indexes []string         `json:"indexes"`
	Fields  []snapshot.Field `json:"fields"`
	Seen    *time.Time       `json:"seen"`
	State   string           `json:"state"`
}

// present answers with the present state of what is followed.
func (a *app) present(ctx context.Context, s *system, src snapshot.Source, rows []registry.Row, list []notify.Follow) error {
	st, err := s.store.State(ctx, src.ID)
	if err != nil {
		return err
	}
	for _, f := range list {
		var own []registry.Row
		for _, r := range rows {
			if string(r.Key) == f.Operator {
				own = append(own, r)
			}
		}
		sentence := notify.PresentState(f, own, src, st.LastGood, s.conf.Language, s.monitor.Words.Timezone)
		if a.json {
			v := followed{Follow: f, Indexes: []string{}, State: sentence}
			for _, r := range own {
				v.Indexes = append(v.Indexes, r.Index)
				v.Fields = r.Fields.List()
			}
			if !st.LastGood.IsZero() {
				v.Seen = &st.LastGood
			}
			if err := a.print(v); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintln(a.out, sentence)
	}
	return nil
}

// presentWords lists what is followed by its name.
func (a *app) presentWords(f notify.Follow) error {
	if len(f.Words) == 0 {
		return nil
	}
	state := fmt.Sprintf("%s (%s): looked for in the text of every source but registers", strings.Join(f.Words, ", "), f.As)
	if a.json {
		return a.print(followed{Follow: f, Indexes: []string{}, Fields: []snapshot.Field{}, State: state})
	}
	_, err := fmt.Fprintln(a.out, state)
	return err
}

func (a *app) followsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "follows", Short: "List what is followed, with its present state", Args: usage(cobra.NoArgs),
		Long:    "Every operator that you follow, what it is to you, and how it stands in the register at the last good look.",
		Example: "  pantau follows",
		RunE: a.with(func(ctx context.Context, s *system, _ []string) error {
			follows, err := s.store.Follows(ctx)
			if err != nil {
				return err
			}
			follows = append(slices.Clone(s.conf.Follows), follows...)
			if len(follows) == 0 && !a.json {
				fmt.Fprintln(a.out, "Nothing is followed. `pantau follow NAME` finds operators.")
			}
			for _, f := range follows {
				if err := a.presentWords(f); err != nil {
					return err
				}
			}
			for _, src := range s.conf.Sources {
				if src.Type != snapshot.Registry {
					continue
				}
				rows, err := s.store.Rows(ctx, src.ID)
				if err != nil {
					return err
				}
				var list []notify.Follow
				for _, f := range follows {
					if f.Operator != "" && (f.Source == "" || f.Source == src.ID) {
						list = append(list, f)
					}
				}
				if err := a.present(ctx, s, src, rows, list); err != nil {
					return err
				}
			}
			return nil
		}),
	}
}

func (a *app) unfollowCommand() *cobra.Command {
	var source string
	c := &cobra.Command{
		Use: "unfollow ID", Short: "Stop following an operator", Args: usage(cobra.ExactArgs(1)),
		Long:    "Takes a number out of what `pantau follow` stored. What the configuration file follows is taken out there.",
		Example: "  pantau unfollow 22722",
		RunE: a.with(func(ctx context.Context, s *system, args []string) error {
			src, err := s.register(source)
			if err != nil {
				return exit{exitConfig, err}
			}
			for _, f := range s.conf.Follows {
				if f.Operator == args[0] {
					return fmt.Errorf("%s is followed by %s: take it out there", args[0], a.path)
				}
			}
			if err := s.store.Unfollow(ctx, src.ID, args[0], who(), time.Now()); err != nil {
				return err
			}
			fmt.Fprintf(a.out, "%s is not followed any more. Its history stays.\n", args[0])
			return nil
		}),
	}
	c.Flags().StringVar(&source, "source", "", "the register, if there are several")
	return c
}
