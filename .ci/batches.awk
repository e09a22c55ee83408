# Puts source files into batches that compile as one, for a checker that spends its time on the
# headers that they share: 24 files at most, and no two of one folder (which is one namespace) that
# give one name to things of their own. Takes the files' names as arguments, writes OUT/N.cpp.

FNR == 1 {
    files[++count] = FILENAME
    folders[count] = FILENAME
    sub(/[^\/]*$/, "", folders[count])
    is_hidden = 0
}
/^namespace \{/ { is_hidden = 1 }
/^\} +\/\/ namespace$/ { is_hidden = 0 }
# What starts in the first column declares; its name comes before what it is given.
(is_hidden || /^static /) && /^[A-Za-z]/ && !/^(namespace|template)/ {
    line = $0
    gsub(/::/, "_", line)
    sub(/ *[({=;:\[].*/, "", line)
    sub(/.*[^A-Za-z0-9_]/, "", line)
    if (line != "") names[count] = names[count] " " folders[count] line
}

function fits(batch, file, many, each, i) {
    many = split(names[file], each, " ")
    for (i = 1; i <= many; i++)
        if ((batch, each[i]) in taken) return 0
    return size[batch] < 24
}

END {
    for (file = 1; file <= count; file++) {
        for (batch = 1; batch <= batches && !fits(batch, file); batch++);
        if (batch > batches) batches = batch
        many = split(names[file], each, " ")
        for (i = 1; i <= many; i++) taken[batch, each[i]] = 1
        size[batch]++
        print "#include \"" files[file] "\" // NOLINT" > (OUT "/" batch ".cpp")
    }
}
