/** By what an anonymised capture is known: the comment on its section (pcapng's `opt_comment`). */
export const ANONYMISED = 'Anonymised by Sonde: addresses and cards are pseudonyms, payload is left out.';
