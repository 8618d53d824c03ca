# textkit 1: small text functions for sh

# textkit_frame TEXT: prints TEXT between two lines of dashes
textkit_frame() {
	rule=$(printf '%s' "$1" | sed 's/./-/g')
	printf '%s\n%s\n%s\n' "$rule" "$1" "$rule"
}

# textkit_words: reads text, writes one word a line, in lower case
textkit_words() {
	tr -cs '[:alpha:]' '\n' | tr '[:upper:]' '[:lower:]' | grep .
}

textkit_version() {
	echo 1.0
}
