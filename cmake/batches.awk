# Puts source files into batches that compile as one, for the time goes into the headers and
# templates that they share: MOST files at most, and no two of one folder (which is one namespace)
# that give one name to things of their own. Takes the files' names as arguments and prints each with
# the number of its batch.

FNR == 1 {
    files[++count] = FILENAME
    folders[count] = FILENAME
    sub(/[^\/]*$/, "", folders[count])
    is_hidden = 0
}
/^namespace \{/ { is_hidden = 1 }
/^\} +\/\/ namespace$/ { is_hidden = 0 }
# What starts in the first column declares; its name comes before what it is given. Not so what is
# named elsewhere, and what a macro names.
/^(namespace|template|using [^=]*;|public|protected|private|[A-Z_]+\()/ { next }
(is_hidden || /^static /) && /^[A-Za-z]/ {
    name = $0
    gsub(/::/, "_", name)
    if (!sub(/^using /, "", name)) sub(/ *[({=;:\[].*/, "", name)
    sub(/ *=.*/, "", name)
    sub(/.*[^A-Za-z0-9_]/, "", name)
    if (name != "") names[count] = names[count] " " folders[count] name
}

function fits(batch, file, many, each, i) {
    many = split(names[file], each, " ")
    for (i = 1; i <= many; i++)
        if ((batch, each[i]) in taken) return 0
    return size[batch] < MOST
}

END {
    for (file = 1; file <= count; file++) {
        for (batch = 1; batch <= batches && !fits(batch, file); batch++);
        if (batch > batches) batches = batch
        many = split(names[file], each, " ")
        for (i = 1; i <= many; i++) taken[batch, each[i]] = 1
        size[batch]++
        print batch, files[file]
    }
}
