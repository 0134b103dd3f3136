// Package layout holds no code: its tests keep the rooms of the program apart.
// They read the source of the whole module and fail on an import that the table
// of doc/design.md does not allow, on a third-party module outside the package
// it is confined to, on a way out of the machine beside internal/egress, and on
// the habits that the project does without: init functions, package state that
// changes, packages named for nothing, packages that do not say what they are.
//
// Invariants: a package that stands in no row of the table is an error, and so
// is a module that is confined nowhere; every rule is shown to fire on a small
// tree that breaks it.
package layout
