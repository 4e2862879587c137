// Package account keeps companies and users: who exists, what a company has set,
// who may change what of whom (api.md 5 and 6), and the first administrator.
//
// Requests come as [CompanyInput] and [UserInput], whose nil fields are absent
// keys. Faults are found in the order of api.md 1.11: visibility of the object,
// values, ids in the body, rights, then the state of the data. Every change is
// audited, and so is every refusal for lack of rights or by the state of the data.
package account
