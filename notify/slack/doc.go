// Package slack lays messages out as Block Kit and carries them to Slack, by a
// bot token or an incoming webhook.
//
// Invariants: nothing that came from a source can mention, link or format
// (mrkdwn is escaped); a layout stays within Slack's limits and says what it
// left out; the message id is readable in every message, and in the metadata
// where a bot token is used; an answer that was lost is Uncertain, never
// taken for a failure; no error holds the token or the webhook's address.
package slack
