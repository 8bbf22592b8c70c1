# The tables of ./run bench. Reads bench/targets.tsv, then the results: lines "client workload figure value". With -v json=1 the same
# as JSON.

function key(client, workload, figure) { return client " " workload " " figure }

# Sorts the values of a figure and leaves median, smallest and largest.
function summarise(k,   n, values, i, j, v) {
  n = split(all[k], values, " ")
  for (i = 2; i <= n; i++) {
    v = values[i] + 0
    for (j = i - 1; j > 0 && values[j] + 0 > v; j--) values[j + 1] = values[j]
    values[j + 1] = v
  }
  low[k] = values[1] + 0
  high[k] = values[n] + 0
  median[k] = n % 2 ? values[(n + 1) / 2] + 0 : (values[n / 2] + values[n / 2 + 1]) / 2
}

function verdict(value, sense, least, aim) {
  if (sense == ">=" ? value >= aim : value <= aim) return "aim met"
  return (sense == ">=" ? value >= least : value <= least) ? "met" : "NOT MET"
}

# The origin and the machine must not be what is measured.
function judge_run(   w, worst, workloads, n) {
  n = split("large medium small", workloads, " ")
  for (w = 1; w <= n; w++) {
    native = median[key("native", workloads[w], "transfer")]
    if (!native) continue
    fastest = 0
    for (c = 1; c <= client_count; c++) {
      t = median[key(clients[c], workloads[w], "transfer")]
      if (clients[c] != "native" && t && (!fastest || t < fastest)) fastest = t
    }
    if (fastest < 1.5 * native) voids = voids " " workloads[w] ": native curl is only " sprintf("%.2f", fastest / native) " x the fastest Wine client;"
    raw = median[key("raw", workloads[w], "transfer")]
    if (workloads[w] != "small" && raw && native / raw < 0.3) voids = voids " " workloads[w] ": raw is only " sprintf("%.2f", native / raw) " x native curl;"
  }
}

FILENAME ~ /targets.tsv$/ {
  if ($0 !~ /^#/ && NF) targets[++target_count] = $0
  next
}

NF == 4 {
  k = key($1, $2, $3)
  if (!(k in all)) keys[++key_count] = k
  if (!($1 in seen)) { seen[$1] = 1; clients[++client_count] = $1 }
  all[k] = all[k] " " $4
}

END {
  for (i = 1; i <= key_count; i++) summarise(keys[i])
  judge_run()
  if (json) {
    printf "{\n  \"void\": \"%s\",\n  \"figures\": [\n", voids
    for (i = 1; i <= key_count; i++) {
      split(keys[i], part, " ")
      printf "    {\"client\": \"%s\", \"workload\": \"%s\", \"figure\": \"%s\", \"median\": %.6g, \"min\": %.6g, \"max\": %.6g}%s\n",
        part[1], part[2], part[3], median[keys[i]], low[keys[i]], high[keys[i]], i < key_count ? "," : ""
    }
    printf "  ],\n  \"targets\": [\n"
  } else {
    printf "%-8s %-8s %-16s %12s %12s %12s\n", "client", "workload", "figure", "median", "min", "max"
    for (i = 1; i <= key_count; i++) {
      split(keys[i], part, " ")
      printf "%-8s %-8s %-16s %12.4g %12.4g %12.4g\n", part[1], part[2], part[3], median[keys[i]], low[keys[i]], high[keys[i]]
    }
    printf "\n%-3s %-50s %9s %9s %9s\n", "#", "target", "measured", "at least", "aim"
  }
  comma = ""
  for (i = 1; i <= target_count; i++) {
    split(targets[i], field, "\t")
    if (!(field[3] in median) || (field[4] != "-" && !median[field[4]])) {
      if (!json) printf "%-3d %-50s %9s %2s %6s %9s  %s\n", field[1], field[2], "-", field[5], field[6], field[7], "not measured"
      continue
    }
    value = field[4] == "-" ? median[field[3]] : median[field[3]] / median[field[4]]
    said = verdict(value, field[5], field[6], field[7])
    if (json) {
      printf "%s    {\"number\": %d, \"what\": \"%s\", \"measured\": %.4g, \"sense\": \"%s\", \"least\": %s, \"aim\": %s, \"verdict\": \"%s\"}",
        comma, field[1], field[2], value, field[5], field[6], field[7], said
      comma = ",\n"
    } else {
      printf "%-3d %-50s %9.3g %2s %6s %9s  %s\n", field[1], field[2], value, field[5], field[6], field[7], said
    }
  }
  flush = median[key("dosvc", "floor", "flush")]
  if (!json && flush) printf "\nA new file of 16 KiB takes %.0f us to be flushed there: what many small files take hangs on that.\n", flush
  if (json) print "\n  ]\n}"
  else if (voids) print "\nThis run is void:" voids
}
