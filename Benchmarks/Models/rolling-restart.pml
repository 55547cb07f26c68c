/*
 * Five servers of 3.8.0 are restarted one after the other, the leader last, while up to FAILURES of them crash and come back
 * and a write is committed: `zkops plan check` of the same plan (RollingRestart.swift), for SPIN.
 *
 * The rules, the events and what a state tells apart are those of docs/safety-model.md, with nothing reduced: each event is one
 * transition, and what follows from it at once belongs to it. So both find the same number of states, and the benchmark
 * fails where they don't. One configuration, one version, living listeners and data on every disk leave out what can't
 * differ here.
 */
#define N 5
#define QUORUM 3
#ifndef FAILURES
#define FAILURES 1
#endif

#define LOOKING 0
#define FOLLOWING 1
#define LEADING 2

#define CHOOSE 0
#define STOP 1
#define START 2
#define SETTLE 3
#define DONE 4

typedef Server {
    bit up;
    bit crashed;
    bit original;       /* the process of the beginning */
    bit written;        /* has the write that is followed */
    byte role;
    byte leader;
    byte accepted;
    byte current
};

Server s[N];
byte remaining = (1 << N) - 1;  /* servers still to be restarted */
byte inHand;
byte place = CHOOSE;
byte crashes;
bit write;
byte writeEpoch;

/* What is counted on the way is no part of a state. */
hidden byte i, j, n, best, epoch, last, next;
hidden int used;
hidden byte map[32];

#define looks(x) (s[x].up && s[x].role == LOOKING)
#define leads(x) (s[x].up && s[x].role == LEADING)
#define follows(x, l) (s[x].up && s[x].role == FOLLOWING && s[x].leader == l)

/* Epoch, last transaction, myid (FastLeaderElection.totalOrderPredicate); the later in the loop has the greater myid. */
#define vote(x) (s[x].current * 256 + (s[x].written -> writeEpoch * 2 + 1 : 2))

inline goDown(x, byCrash) {
    s[x].up = 0;
    s[x].crashed = byCrash;
    s[x].original = 0;
    s[x].role = LOOKING;
    s[x].leader = 0
}

inline follow(x, l) {
    s[x].role = FOLLOWING;
    s[x].leader = l;
    s[x].written = s[l].written;
    s[x].accepted = s[l].current;
    s[x].current = s[l].current
}

/* Leaders without a quorum step down, and who follows nobody looks. */
inline stepDown() {
    i = 0;
    do
    :: i < N ->
        if
        :: leads(i) ->
            n = 1;
            j = 0;
            do
            :: j < N -> n = n + (follows(j, i)); j++
            :: else -> break
            od;
            if
            :: n < QUORUM -> s[i].role = LOOKING; s[i].leader = 0
            :: else
            fi
        :: else
        fi;
        i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < N ->
        if
        :: s[i].up && s[i].role == FOLLOWING && !leads(s[i].leader) -> s[i].role = LOOKING; s[i].leader = 0
        :: else
        fi;
        i++
    :: else -> break
    od
}

/* Only the order of epochs counts, and whether one directly follows another. */
inline compress() {
    used = (write -> 1 << writeEpoch : 0);
    i = 0;
    do
    :: i < N -> used = used | (1 << s[i].accepted) | (1 << s[i].current); i++
    :: else -> break
    od;
    if
    :: used > 3 ->
        map[1] = 1;
        last = 1;
        next = 1;
        epoch = 2;
        do
        :: (used >> epoch) != 0 ->
            if
            :: used & (1 << epoch) ->
                next = next + (epoch - last > 2 -> 2 : epoch - last);
                map[epoch] = next;
                last = epoch
            :: else
            fi;
            epoch++
        :: else -> break
        od;
        if
        :: next != last ->
            if
            :: write -> writeEpoch = map[writeEpoch]
            :: else
            fi;
            i = 0;
            do
            :: i < N -> s[i].accepted = map[s[i].accepted]; s[i].current = map[s[i].current]; i++
            :: else -> break
            od
        :: else
        fi
    :: else
    fi
}

inline settle() {
    stepDown();
    compress()
}

/* Those in the mask elect; the new epoch is one more than any that they have promised (Leader.getEpochToPropose). */
inline elect(mask) {
    epoch = 0;
    best = N;
    i = 0;
    do
    :: i < N ->
        if
        :: mask & (1 << i) ->
            if
            :: s[i].accepted > epoch -> epoch = s[i].accepted
            :: else
            fi;
            if
            :: best == N -> best = i
            :: best < N && vote(i) >= vote(best) -> best = i
            :: else
            fi
        :: else
        fi;
        i++
    :: else -> break
    od;
    assert(!write || s[best].written);
    s[best].role = LEADING;
    s[best].leader = best;
    s[best].accepted = epoch + 1;
    s[best].current = epoch + 1;
    i = 0;
    do
    :: i < N ->
        assert(i == best || !leads(i));
        if
        :: (mask & (1 << i)) && i != best -> follow(i, best)
        :: else
        fi;
        i++
    :: else -> break
    od;
    settle()
}

/* A follower's leader always has a quorum, so that of the others enough answer (FastLeaderElection.ooePredicate). */
#define reaches(x, l) (leads(l) && s[x].accepted <= s[l].current)
#define joins(x) (looks(x) && (reaches(x, 0) || reaches(x, 1) || reaches(x, 2) || reaches(x, 3) || reaches(x, 4)))

inline join(x) {
    j = 0;
    do
    :: !reaches(x, j) -> j++
    :: else -> break
    od;
    follow(x, j);
    settle()
}

/* The fewest that make a quorum, its leader among them. */
#define under(x, l) (x == l || follows(x, l))
#define serve(a, b, c, l) (leads(l) && under(a, l) && under(b, l) && under(c, l))
#define commits(a, b, c) (!write && (serve(a, b, c, a) || serve(a, b, c, b) || serve(a, b, c, c)))

inline commit(a, b, c) {
    write = 1;
    writeEpoch = s[a].current;
    s[a].written = 1;
    s[b].written = 1;
    s[c].written = 1;
    settle()
}

inline choose() {
    inHand = 0;
    do
    :: inHand < N && (!(remaining & (1 << inHand)) || leads(inHand)) -> inHand++
    :: else -> break
    od;
    if
    :: inHand == N ->
        inHand = 0;
        do
        :: !(remaining & (1 << inHand)) -> inHand++
        :: else -> break
        od
    :: else
    fi;
    remaining = remaining & ~(1 << inHand);
    place = STOP
}

active proctype ensemble() {
    d_step {
        i = 0;
        do
        :: i < N ->
            s[i].up = 1;
            s[i].original = 1;
            s[i].role = (i == N - 1 -> LEADING : FOLLOWING);
            s[i].leader = N - 1;
            s[i].accepted = 1;
            s[i].current = 1;
            i++
        :: else -> break
        od
    }
    do
    /* The plan */
    :: d_step { place == CHOOSE -> choose() }
    :: d_step { place == STOP -> goDown(inHand, 0); place = START; settle() }
    :: d_step { place == START -> s[inHand].up = 1; place = SETTLE; settle() }
    :: d_step {
        place == SETTLE && s[inHand].up && s[inHand].role != LOOKING ->
        s[inHand].written = s[s[inHand].leader].written;
        inHand = 0;
        place = (remaining == 0 -> DONE : CHOOSE)
    }
    /* Elections */
    :: d_step { looks(0) && looks(1) && looks(2) -> elect(7) }
    :: d_step { looks(0) && looks(1) && looks(3) -> elect(11) }
    :: d_step { looks(0) && looks(2) && looks(3) -> elect(13) }
    :: d_step { looks(1) && looks(2) && looks(3) -> elect(14) }
    :: d_step { looks(0) && looks(1) && looks(2) && looks(3) -> elect(15) }
    :: d_step { looks(0) && looks(1) && looks(4) -> elect(19) }
    :: d_step { looks(0) && looks(2) && looks(4) -> elect(21) }
    :: d_step { looks(1) && looks(2) && looks(4) -> elect(22) }
    :: d_step { looks(0) && looks(1) && looks(2) && looks(4) -> elect(23) }
    :: d_step { looks(0) && looks(3) && looks(4) -> elect(25) }
    :: d_step { looks(1) && looks(3) && looks(4) -> elect(26) }
    :: d_step { looks(0) && looks(1) && looks(3) && looks(4) -> elect(27) }
    :: d_step { looks(2) && looks(3) && looks(4) -> elect(28) }
    :: d_step { looks(0) && looks(2) && looks(3) && looks(4) -> elect(29) }
    :: d_step { looks(1) && looks(2) && looks(3) && looks(4) -> elect(30) }
    :: d_step { looks(0) && looks(1) && looks(2) && looks(3) && looks(4) -> elect(31) }
    /* Joins */
    :: d_step { joins(0) -> join(0) }
    :: d_step { joins(1) -> join(1) }
    :: d_step { joins(2) -> join(2) }
    :: d_step { joins(3) -> join(3) }
    :: d_step { joins(4) -> join(4) }
    /* Writes */
    :: d_step { commits(0, 1, 2) -> commit(0, 1, 2) }
    :: d_step { commits(0, 1, 3) -> commit(0, 1, 3) }
    :: d_step { commits(0, 1, 4) -> commit(0, 1, 4) }
    :: d_step { commits(0, 2, 3) -> commit(0, 2, 3) }
    :: d_step { commits(0, 2, 4) -> commit(0, 2, 4) }
    :: d_step { commits(0, 3, 4) -> commit(0, 3, 4) }
    :: d_step { commits(1, 2, 3) -> commit(1, 2, 3) }
    :: d_step { commits(1, 2, 4) -> commit(1, 2, 4) }
    :: d_step { commits(1, 3, 4) -> commit(1, 3, 4) }
    :: d_step { commits(2, 3, 4) -> commit(2, 3, 4) }
    /* Faults */
    :: d_step { s[0].up && crashes < FAILURES -> crashes++; goDown(0, 1); settle() }
    :: d_step { s[1].up && crashes < FAILURES -> crashes++; goDown(1, 1); settle() }
    :: d_step { s[2].up && crashes < FAILURES -> crashes++; goDown(2, 1); settle() }
    :: d_step { s[3].up && crashes < FAILURES -> crashes++; goDown(3, 1); settle() }
    :: d_step { s[4].up && crashes < FAILURES -> crashes++; goDown(4, 1); settle() }
    :: d_step { s[0].crashed -> s[0].crashed = 0; s[0].up = 1; settle() }
    :: d_step { s[1].crashed -> s[1].crashed = 0; s[1].up = 1; settle() }
    :: d_step { s[2].crashed -> s[2].crashed = 0; s[2].up = 1; settle() }
    :: d_step { s[3].crashed -> s[3].crashed = 0; s[3].up = 1; settle() }
    :: d_step { s[4].crashed -> s[4].crashed = 0; s[4].up = 1; settle() }
    od
}
