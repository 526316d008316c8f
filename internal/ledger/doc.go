// Package ledger is the agent's durable state (sổ hồ sơ): every dossier's latest state, procedures, observations, rejected
// rows, the run log, and the daybook kept in step with them, in one SQLite file.
//
// A batch goes in as one transaction: the dossiers, what they change in the daybook, the rows that were not taken, the
// cursor. So a row that comes twice changes nothing, a correction moves figures exactly, and a crash at any point loses or
// doubles nothing. What counts for what is internal/kpi's business; nothing here knows of collectors, metrics or boards.
package ledger
