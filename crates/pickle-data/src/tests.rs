use crate::*;

/// `[(1, [('Ünï', 'x', 3), ('🐭\n\\', "it's", -1)])]` as `pickle.dumps` of Python 3.11 writes it with protocols 0
/// to 4.
const LABELS: [&[u8]; 5] = [
    b"(lp0\n(I1\n(lp1\n(V\xdcn\xef\np2\nVx\np3\nI3\ntp4\na(V\\U0001f42d\\u000a\\u005c\np5\nVit's\np6\nI-1\ntp7\natp8\na.",
    b"]q\x00(K\x01]q\x01((X\x05\x00\x00\x00\xc3\x9cn\xc3\xafq\x02X\x01\x00\x00\x00xq\x03K\x03tq\x04(X\x06\x00\x00\x00\xf0\x9f\x90\xad\n\\q\x05X\x04\x00\x00\x00it'sq\x06J\xff\xff\xff\xfftq\x07etq\x08a.",
    b"\x80\x02]q\x00K\x01]q\x01(X\x05\x00\x00\x00\xc3\x9cn\xc3\xafq\x02X\x01\x00\x00\x00xq\x03K\x03\x87q\x04X\x06\x00\x00\x00\xf0\x9f\x90\xad\n\\q\x05X\x04\x00\x00\x00it'sq\x06J\xff\xff\xff\xff\x87q\x07e\x86q\x08a.",
    b"\x80\x03]q\x00K\x01]q\x01(X\x05\x00\x00\x00\xc3\x9cn\xc3\xafq\x02X\x01\x00\x00\x00xq\x03K\x03\x87q\x04X\x06\x00\x00\x00\xf0\x9f\x90\xad\n\\q\x05X\x04\x00\x00\x00it'sq\x06J\xff\xff\xff\xff\x87q\x07e\x86q\x08a.",
    b"\x80\x04\x953\x00\x00\x00\x00\x00\x00\x00]\x94K\x01]\x94(\x8c\x05\xc3\x9cn\xc3\xaf\x94\x8c\x01x\x94K\x03\x87\x94\x8c\x06\xf0\x9f\x90\xad\n\\\x94\x8c\x04it's\x94J\xff\xff\xff\xff\x87\x94e\x86\x94a.",
];

fn decode(bytes: &[u8]) -> Pickle {
    Pickle::decode(bytes).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(bytes)))
}

fn text(bytes: &[u8]) -> String {
    decode(bytes).root().text().expect("a text").to_string()
}

fn refusal(bytes: &[u8]) -> PickleError {
    Pickle::decode(bytes).expect_err("a pickle that is not allowed")
}

#[test]
fn every_protocol_says_the_same() {
    for pickle in LABELS.map(decode) {
        let axis = pickle.root().sequence().unwrap().get(0).unwrap().as_tuple().unwrap();
        assert_eq!(axis.get(0).unwrap().as_integer(), Some(1));
        let labels = axis.get(1).unwrap().sequence().unwrap();
        let parts = |column: usize| {
            let key = labels.get(column).unwrap().as_tuple().unwrap();
            let text = |part: usize| key.get(part).unwrap().as_text().unwrap().to_string();
            (text(0), text(1), key.get(2).unwrap().as_integer().unwrap())
        };
        assert_eq!(labels.len(), 2);
        assert_eq!(parts(0), ("Ünï".to_owned(), "x".to_owned(), 3));
        assert_eq!(parts(1), ("🐭\n\\".to_owned(), "it's".to_owned(), -1));
    }
}

#[test]
fn every_prefix_is_an_error() {
    let object_array: &[u8] = b"\x80\x04cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01K\x01\x85cnumpy\ndtype\n\x8c\x02O8\x89\x88\x87R\x89]\x8c\x01aatb.";
    assert_eq!(decode(object_array).root().object_array().unwrap().rows, 1);
    for whole in LABELS.iter().chain([&object_array]) {
        for length in 0..whole.len() {
            Pickle::decode(&whole[..length]).expect_err("a pickle without its end");
        }
    }
}

#[test]
fn no_byte_makes_it_panic() {
    for whole in LABELS {
        for position in 0..whole.len() {
            for byte in 0..=255 {
                let mut bytes = whole.to_vec();
                bytes[position] = byte;
                let _ = Pickle::decode(&bytes);
            }
        }
    }
}

#[test]
fn python_2_wrote_bytes_and_long_numbers() {
    // {1: {'names': ['scorer', None]}} by cPickle of Python 2.7, protocol 0; it counts its memo from 1.
    let pickle = decode(b"(dp1\nI1\n(dp2\nS'names'\np3\n(lp4\nS'scorer'\np5\naNass.");
    let names =
        pickle.root().value(|key| key.as_integer() == Some(1)).and_then(|info| info.value_of("names"));
    let names = names.unwrap().sequence().unwrap();
    assert_eq!(&**names.get(0).unwrap().text().unwrap(), "scorer");
    assert!(names.get(1).unwrap().is_none());
    assert_eq!(decode(b"L1099511627776L\n.").root().as_integer(), Some(1 << 40));
    assert_eq!(decode(b"L-3L\n.").root().as_integer(), Some(-3));
    assert_eq!(
        text(
            br#"S"it's \x41\101\n\\ \q"
."#
        ),
        "it's AA\n\\ \\q"
    );
    assert_eq!(text(b"U\x02\xe4b."), "äb", "bytes that are no ASCII are Latin-1");
    assert_eq!(text(b"V\\ud83d\\udc2d\n."), "🐭", "a surrogate pair of a narrow build");
}

#[test]
fn numbers_keep_their_value() {
    let integer = |bytes: &[u8]| decode(bytes).root().as_integer();
    assert_eq!(integer(b"I-9223372036854775808\n."), Some(i64::MIN));
    assert_eq!(integer(b"M\xff\xff."), Some(65_535));
    assert_eq!(integer(b"\x8a\x00."), Some(0));
    assert_eq!(integer(b"\x8a\x01\xff."), Some(-1));
    assert_eq!(integer(b"\x8a\x09\xff\xff\xff\xff\xff\xff\xff\x7f\x00."), Some(i64::MAX));
    assert_eq!(integer(b"I01\n."), None, "a boolean is no number");
    refusal(b"\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01.");
    refusal(b"I9223372036854775808\n.");
    assert_eq!(decode(b"G\x3f\xf8\x00\x00\x00\x00\x00\x00.").root().as_float(), Some(1.5));
    assert!(decode(b"Fnan\n.").root().as_float().unwrap().is_nan());
}

#[test]
fn numpy_numbers_are_numbers() {
    // numpy.int64(-2) by NumPy 2, protocol 4 without its frame, and numpy.int32(7) by NumPy 1, protocol 0.
    let new = b"\x80\x04\x8c\x16numpy._core.multiarray\x94\x8c\x06scalar\x94\x93\x94\x8c\x05numpy\x94\x8c\x05dtype\x94\x93\x94\x8c\x02i8\x94\x89\x88\x87\x94R\x94(K\x03\x8c\x01<\x94NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t\x94bC\x08\xfe\xff\xff\xff\xff\xff\xff\xff\x94\x86\x94R\x94.";
    assert_eq!(decode(new).root().as_integer(), Some(-2));
    let old = b"cnumpy.core.multiarray\nscalar\np0\n(cnumpy\ndtype\np1\n(Vi4\np2\nI00\nI01\ntp3\nRp4\n(I3\nV<\np5\nNNNI-1\nI-1\nI0\ntp6\nbc_codecs\nencode\np7\n(V\x07\\u0000\\u0000\\u0000\np8\nVlatin1\np9\ntp10\nRp11\ntp12\nRp13\n.";
    assert_eq!(decode(old).root().as_integer(), Some(7));
}

#[test]
fn what_a_list_gets_after_it_was_shared_is_in_it() {
    // a = []; b = [a]; a.append('x'): the memo hands out the list before it is filled.
    let pickle = decode(b"(lp0\n(lp1\ng0\nag0\nVx\na0.");
    let outer = pickle.root().sequence();
    assert!(outer.is_ok());
    let pickle = decode(b"(lp0\n(g0\ntg0\nVx\na0.");
    let shared = pickle.root().as_tuple().unwrap().get(0).unwrap().sequence().unwrap();
    assert_eq!(&**shared.get(0).unwrap().text().unwrap(), "x");
    // A list that holds itself.
    let pickle = decode(b"(lp0\ng0\na.");
    let itself = pickle.root().sequence().unwrap();
    assert_eq!(itself.get(0).unwrap().sequence().unwrap().len(), 1);
}

#[test]
fn depth_costs_no_stack() {
    for (open, close) in [(&b"("[..], &b"l"[..]), (b"(", b"t"), (b"]", b"a"), (b"(", b"I0\nd")] {
        let depth = 1_000_000;
        let mut bytes = open.repeat(depth);
        if open == b"]" {
            bytes.extend(close.repeat(depth - 1));
        } else {
            bytes.extend(close.repeat(depth));
        }
        bytes.push(b'.');
        // Decoded or refused, and dropped.
        drop(Pickle::decode(&bytes));
    }
}

#[test]
fn the_memo_makes_nothing_larger_than_the_pickle() {
    // Each list holds the one before it ten times: 10^1000 objects, if they were copied.
    let mut bytes = b"(lp0\n".to_vec();
    for level in 1..1000 {
        bytes.extend(b"(l");
        bytes.extend(format!("g{}\na", level - 1).repeat(10).into_bytes());
        bytes.extend(format!("p{level}\n").into_bytes());
    }
    bytes.push(b'.');
    let pickle = decode(&bytes);
    assert!(pickle.nodes.len() <= bytes.len());
    let beyond = refusal(b"Np4000000000\n.");
    assert!(matches!(beyond, PickleError::Malformed { .. }), "{beyond}");
}

#[test]
fn names_are_refused_with_their_module() {
    let global = |module: &str, name: &str| PickleError::Global { module: module.into(), name: name.into() };
    assert_eq!(refusal(b"cos\nsystem\n(S'true'\ntR."), global("os", "system"));
    assert_eq!(refusal(b"(S'true'\nios\nsystem\n."), global("os", "system"));
    assert_eq!(refusal(b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R."), global("os", "system"));
    assert_eq!(refusal(b"cnumpy\nload\n."), global("numpy", "load"));
    // `getattr` serves to name a time zone, and for nothing else.
    let other = b"c__builtin__\ngetattr\n(czoneinfo\nZoneInfo\nV__init__\ntR.";
    assert_eq!(refusal(other), global("builtins", "getattr"));
}

#[test]
fn a_frequency_of_old_pandas_says_only_that_there_is_one() {
    // {'freq': <Hour>, 'tz': None} by Python 2.7 and pandas 0.20.
    let freq = b"(dp1\nS'freq'\np2\nccopy_reg\n_reconstructor\np3\n(cpandas.tseries.offsets\nHour\np4\nc__builtin__\nobject\np5\nNtRp6\n(dp7\nS'n'\nI12\nsbsS'tz'\nNs.";
    let pickle = decode(freq);
    assert_eq!(pickle.root().value_of("freq").unwrap().describe(), "a frequency");
    assert!(pickle.root().value_of("tz").unwrap().is_none());
    for other in [
        &b"ccopy_reg\n_reconstructor\n(cnumpy\nndarray\nc__builtin__\nobject\nNtR."[..],
        b"ccopyreg\n_reconstructor\n(cpandas.tseries.offsets\nHour\ncnumpy\nndarray\nNtR.",
        b"ccopy_reg\n_reconstructor\n(tR.",
    ] {
        let global = PickleError::Global { module: "copy_reg".into(), name: "_reconstructor".into() };
        assert_eq!(refusal(other), global);
    }
}

#[test]
fn what_would_build_something_is_refused_by_name() {
    let opcode = |bytes: &[u8], expected: &str| match refusal(bytes) {
        PickleError::Opcode { name, .. } => assert_eq!(name, expected),
        other => panic!("{other}"),
    };
    opcode(b"N)R.", "REDUCE");
    opcode(b"NNb.", "BUILD");
    opcode(b"(No.", "OBJ");
    opcode(b"P1\n.", "PERSID");
    opcode(b"NQ.", "BINPERSID");
    opcode(b"N)\x81.", "NEWOBJ");
    opcode(b"\x82\x01.", "EXT");
    opcode(b"\x8f.", "EMPTY_SET");
    opcode(b"N)}\x92.", "NEWOBJ_EX");
    opcode(b"\x97.", "NEXT_BUFFER");
    assert!(matches!(refusal(b"\xff."), PickleError::UnknownOpcode { opcode: 0xff, .. }));
}

#[test]
fn time_zones_have_their_name() {
    let zone = |bytes: &[u8]| decode(bytes).root().time_zone().map(|zone| zone.to_string());
    assert_eq!(zone(b"cpytz\n_UTC\np0\n(tRp1\n.").as_deref(), Some("UTC"));
    assert_eq!(zone(b"cpytz\n_p\n(VEurope/Zurich\nI2040\nI0\nVLMT\ntR.").as_deref(), Some("Europe/Zurich"));
    let zone_info = b"c__builtin__\ngetattr\n(czoneinfo\nZoneInfo\nV_unpickle\ntR(VEurope/Zurich\nI1\ntR.";
    assert_eq!(zone(zone_info).as_deref(), Some("Europe/Zurich"));
    let fixed = |seconds: i32| {
        let pickle = format!("cdatetime\ntimezone\n(cdatetime\ntimedelta\n(I0\nI{seconds}\nI0\ntRtR.");
        zone(pickle.as_bytes())
    };
    assert_eq!(fixed(0).as_deref(), Some("UTC"));
    assert_eq!(fixed(19_800).as_deref(), Some("+05:30"));
    assert_eq!(fixed(-3_600).as_deref(), Some("-01:00"));
}
