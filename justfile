# The same commands as in README.md and .ci/run, with names.

default:
    @just --list

# the binary, in this folder
build:
    go build -o greenroom ./cmd/greenroom

# the server
run *args:
    go run ./cmd/greenroom serve {{args}}

# the client
chat *args:
    go run ./cmd/greenroom chat {{args}}

test:
    go test ./...

race:
    go test -race ./...

# seeded schedules of the actors; `just sim 17` replays one seed
sim seed='':
    go test ./actors/... ./persistence -run "/seed={{seed}}$" -count=1

# kill -9 under load
crash:
    go test ./persistence -run 'Attack79' -count=1 -v

# cut the power under load, on a file system that forgets what was not synced
powercut cuts='100':
    GREENROOM_CUTS={{cuts}} go test ./persistence -run 'Attack80' -count=1 -v

# the promises, while the server is broken on purpose
prove *args:
    go run ./cmd/greenroom prove {{args}}

# 10,000 connections, floods and stalled readers
overload n='10000':
    GREENROOM_OVERLOAD={{n}} go test ./cmd/greenroom -run 'Attack70' -count=1 -v

# break each promise and see that a test fails
mutate *names:
    .ci/mutate {{names}}

# bytes against the grammar, then against a whole connection
fuzz t='30s':
    go test ./net/irc -run '^$' -fuzz FuzzParse -fuzztime {{t}}
    go test ./net/conn -run '^$' -fuzz FuzzConnection -fuzzminimizetime 20x -fuzztime {{t}}
    go test ./repl -run '^$' -fuzz FuzzRemoteText -fuzzminimizetime 20x -fuzztime {{t}}
    go test ./repl/screen -run '^$' -fuzz FuzzNothingThatIsTyped -fuzzminimizetime 20x -fuzztime {{t}}

lint:
    gofmt -l .
    go vet ./...
    go tool staticcheck ./...

layers:
    go test ./cmd/greenroom -run '^TestLayers'

bench:
    go test -run '^$' -bench . -benchmem ./...

cover:
    go test -coverprofile=cover.out ./... && go tool cover -func=cover.out | tail -1

# what CI runs, nothing else
check:
    .ci/run
