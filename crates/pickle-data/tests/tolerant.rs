//! Pickles in which objects of other programs stand beside the data.

use pickle_data::{Object, Pickle, PickleError};

/// One dictionary, as Python 3.11 pickles it: protocols 0 and 2 with NumPy 1.24, 4 and 5 with NumPy 2. It holds a `dict`
/// and a `list` of a class of their own, an `OrderedDict`, a `defaultdict`, a path, a set, 2^70, a lone surrogate, and
/// NumPy's numbers.
const OBJECTS: [&[u8]; 4] = [
    b"(dp0\nVcfg\np1\nccopy_reg\n_reconstructor\np2\n(ceasydict\nEasyDict\np3\nc__builtin__\ndict\np4\n(dp5\nVa\np6\nI1\nstp7\nRp8\nsVod\np9\nccollections\nOrderedDict\np10\n(tRp11\nVb\np12\nI01\nssVdd\np13\nccollections\ndefaultdict\np14\n(c__builtin__\nlist\np15\ntp16\nRp17\nVc\np18\nI2\nssVpath\np19\ncpathlib\nPurePosixPath\np20\n(V/\np21\nVv\np22\nVa.mp4\np23\ntp24\nRp25\nsVset\np26\nc__builtin__\nset\np27\n((lp28\nI1\naI2\natp29\nRp30\nsVbig\np31\nL1180591620717411303424L\nsVodd\np32\nV\\udc80\np33\nsVseq\np34\ng2\n(ceasydict\nSeq\np35\ng15\n(lp36\nI7\natp37\nRp38\nsVf8\np39\ncnumpy.core.multiarray\nscalar\np40\n(cnumpy\ndtype\np41\n(Vf8\np42\nI00\nI01\ntp43\nRp44\n(I3\nV<\np45\nNNNI-1\nI-1\nI0\ntp46\nbc_codecs\nencode\np47\n(V\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\xf8?\np48\nVlatin1\np49\ntp50\nRp51\ntp52\nRp53\nsVf4\np54\ng40\n(g41\n(Vf4\np55\nI00\nI01\ntp56\nRp57\n(I3\ng45\nNNNI-1\nI-1\nI0\ntp58\nbg47\n(V\\u0000\\u0000\x80>\np59\ng49\ntp60\nRp61\ntp62\nRp63\nsVok\np64\ng40\n(g41\n(Vb1\np65\nI00\nI01\ntp66\nRp67\n(I3\nV|\np68\nNNNI-1\nI-1\nI0\ntp69\nbg47\n(V\x01\np70\ng49\ntp71\nRp72\ntp73\nRp74\nsVu\np75\ng40\n(g41\n(Vu2\np76\nI00\nI01\ntp77\nRp78\n(I3\ng45\nNNNI-1\nI-1\nI0\ntp79\nbg47\n(V\x09\\u0000\np80\ng49\ntp81\nRp82\ntp83\nRp84\nsVarr\np85\ncnumpy.core.multiarray\n_reconstruct\np86\n(cnumpy\nndarray\np87\n(I0\ntp88\ng47\n(Vb\np89\ng49\ntp90\nRp91\ntp92\nRp93\n(I1\n(I2\nI2\ntp94\ng41\n(Vi2\np95\nI00\nI01\ntp96\nRp97\n(I3\nV>\np98\nNNNI-1\nI-1\nI0\ntp99\nbI00\ng47\n(V\\u0000\x01\\u0000\x02\\u0000\x03\\u0000\x04\np100\ng49\ntp101\nRp102\ntp103\nbsVend\np104\nI00\ns.",
    b"\x80\x02}q\x00(X\x03\x00\x00\x00cfgq\x01ceasydict\nEasyDict\nq\x02)\x81q\x03X\x01\x00\x00\x00aq\x04K\x01sX\x02\x00\x00\x00odq\x05ccollections\nOrderedDict\nq\x06)Rq\x07X\x01\x00\x00\x00bq\x08\x88sX\x02\x00\x00\x00ddq\x09ccollections\ndefaultdict\nq\nc__builtin__\nlist\nq\x0b\x85q\x0cRq\x0dX\x01\x00\x00\x00cq\x0eK\x02sX\x04\x00\x00\x00pathq\x0fcpathlib\nPurePosixPath\nq\x10X\x01\x00\x00\x00/q\x11X\x01\x00\x00\x00vq\x12X\x05\x00\x00\x00a.mp4q\x13\x87q\x14Rq\x15X\x03\x00\x00\x00setq\x16c__builtin__\nset\nq\x17]q\x18(K\x01K\x02e\x85q\x19Rq\x1aX\x03\x00\x00\x00bigq\x1b\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00@X\x03\x00\x00\x00oddq\x1cX\x03\x00\x00\x00\xed\xb2\x80q\x1dX\x03\x00\x00\x00seqq\x1eceasydict\nSeq\nq\x1f)\x81q K\x07aX\x02\x00\x00\x00f8q!cnumpy.core.multiarray\nscalar\nq\"cnumpy\ndtype\nq#X\x02\x00\x00\x00f8q$\x89\x88\x87q%Rq&(K\x03X\x01\x00\x00\x00<q'NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq(bc_codecs\nencode\nq)X\x09\x00\x00\x00\x00\x00\x00\x00\x00\x00\xc3\xb8?q*X\x06\x00\x00\x00latin1q+\x86q,Rq-\x86q.Rq/X\x02\x00\x00\x00f4q0h\"h#X\x02\x00\x00\x00f4q1\x89\x88\x87q2Rq3(K\x03h'NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq4bh)X\x05\x00\x00\x00\x00\x00\xc2\x80>q5h+\x86q6Rq7\x86q8Rq9X\x02\x00\x00\x00okq:h\"h#X\x02\x00\x00\x00b1q;\x89\x88\x87q<Rq=(K\x03X\x01\x00\x00\x00|q>NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq?bh)X\x01\x00\x00\x00\x01q@h+\x86qARqB\x86qCRqDX\x01\x00\x00\x00uqEh\"h#X\x02\x00\x00\x00u2qF\x89\x88\x87qGRqH(K\x03h'NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tqIbh)X\x02\x00\x00\x00\x09\x00qJh+\x86qKRqL\x86qMRqNX\x03\x00\x00\x00arrqOcnumpy.core.multiarray\n_reconstruct\nqPcnumpy\nndarray\nqQK\x00\x85qRh)X\x01\x00\x00\x00bqSh+\x86qTRqU\x87qVRqW(K\x01K\x02K\x02\x86qXh#X\x02\x00\x00\x00i2qY\x89\x88\x87qZRq[(K\x03X\x01\x00\x00\x00>q\\NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq]b\x89h)X\x08\x00\x00\x00\x00\x01\x00\x02\x00\x03\x00\x04q^h+\x86q_Rq`tqabX\x03\x00\x00\x00endqb\x89u.",
    b"\x80\x04\x95\x8b\x02\x00\x00\x00\x00\x00\x00}\x94(\x8c\x03cfg\x94\x8c\x08easydict\x94\x8c\x08EasyDict\x94\x93\x94)\x81\x94\x8c\x01a\x94K\x01s\x8c\x02od\x94\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94\x8c\x01b\x94\x88s\x8c\x02dd\x94h\x08\x8c\x0bdefaultdict\x94\x93\x94\x8c\x08builtins\x94\x8c\x04list\x94\x93\x94\x85\x94R\x94\x8c\x01c\x94K\x02s\x8c\x04path\x94\x8c\x07pathlib\x94\x8c\x0dPurePosixPath\x94\x93\x94\x8c\x01/\x94\x8c\x01v\x94\x8c\x05a.mp4\x94\x87\x94R\x94\x8c\x03set\x94\x8f\x94(K\x01K\x02\x90\x8c\x03big\x94\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00@\x8c\x03odd\x94\x8c\x03\xed\xb2\x80\x94\x8c\x03seq\x94h\x02\x8c\x03Seq\x94\x93\x94)\x81\x94K\x07a\x8c\x02f8\x94\x8c\x16numpy._core.multiarray\x94\x8c\x06scalar\x94\x93\x94\x8c\x05numpy\x94\x8c\x05dtype\x94\x93\x94\x8c\x02f8\x94\x89\x88\x87\x94R\x94(K\x03\x8c\x01<\x94NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t\x94bC\x08\x00\x00\x00\x00\x00\x00\xf8?\x94\x86\x94R\x94\x8c\x02f4\x94h+h.\x8c\x02f4\x94\x89\x88\x87\x94R\x94(K\x03h2NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t\x94bC\x04\x00\x00\x80>\x94\x86\x94R\x94\x8c\x02ok\x94h+h.\x8c\x02b1\x94\x89\x88\x87\x94R\x94(K\x03\x8c\x01|\x94NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t\x94bC\x01\x01\x94\x86\x94R\x94\x8c\x01u\x94h+h.\x8c\x02u2\x94\x89\x88\x87\x94R\x94(K\x03h2NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t\x94bC\x02\x09\x00\x94\x86\x94R\x94\x8c\x03arr\x94h)\x8c\x0c_reconstruct\x94\x93\x94h,\x8c\x07ndarray\x94\x93\x94K\x00\x85\x94C\x01b\x94\x87\x94R\x94(K\x01K\x02K\x02\x86\x94h.\x8c\x02i2\x94\x89\x88\x87\x94R\x94(K\x03\x8c\x01>\x94NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t\x94b\x89C\x08\x00\x01\x00\x02\x00\x03\x00\x04\x94t\x94b\x8c\x03end\x94\x89u.",
    b"\x80\x05\x95\x8d\x02\x00\x00\x00\x00\x00\x00}\x94(\x8c\x03cfg\x94\x8c\x08easydict\x94\x8c\x08EasyDict\x94\x93\x94)\x81\x94\x8c\x01a\x94K\x01s\x8c\x02od\x94\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94\x8c\x01b\x94\x88s\x8c\x02dd\x94h\x08\x8c\x0bdefaultdict\x94\x93\x94\x8c\x08builtins\x94\x8c\x04list\x94\x93\x94\x85\x94R\x94\x8c\x01c\x94K\x02s\x8c\x04path\x94\x8c\x07pathlib\x94\x8c\x0dPurePosixPath\x94\x93\x94\x8c\x01/\x94\x8c\x01v\x94\x8c\x05a.mp4\x94\x87\x94R\x94\x8c\x03set\x94\x8f\x94(K\x01K\x02\x90\x8c\x03big\x94\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00@\x8c\x03odd\x94\x8c\x03\xed\xb2\x80\x94\x8c\x03seq\x94h\x02\x8c\x03Seq\x94\x93\x94)\x81\x94K\x07a\x8c\x02f8\x94\x8c\x16numpy._core.multiarray\x94\x8c\x06scalar\x94\x93\x94\x8c\x05numpy\x94\x8c\x05dtype\x94\x93\x94\x8c\x02f8\x94\x89\x88\x87\x94R\x94(K\x03\x8c\x01<\x94NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t\x94bC\x08\x00\x00\x00\x00\x00\x00\xf8?\x94\x86\x94R\x94\x8c\x02f4\x94h+h.\x8c\x02f4\x94\x89\x88\x87\x94R\x94(K\x03h2NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t\x94bC\x04\x00\x00\x80>\x94\x86\x94R\x94\x8c\x02ok\x94h+h.\x8c\x02b1\x94\x89\x88\x87\x94R\x94(K\x03\x8c\x01|\x94NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t\x94bC\x01\x01\x94\x86\x94R\x94\x8c\x01u\x94h+h.\x8c\x02u2\x94\x89\x88\x87\x94R\x94(K\x03h2NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t\x94bC\x02\x09\x00\x94\x86\x94R\x94\x8c\x03arr\x94\x8c\x13numpy._core.numeric\x94\x8c\x0b_frombuffer\x94\x93\x94(\x96\x08\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x02\x00\x03\x00\x04\x94h.\x8c\x02i2\x94\x89\x88\x87\x94R\x94(K\x03\x8c\x01>\x94NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t\x94bK\x02K\x02\x86\x94\x8c\x01C\x94t\x94R\x94\x8c\x03end\x94\x89u.",
];

/// `{'a': OrderedDict([('x', 1L), ('y', u'ä')]), 'b': set([1])}` by Python 2.7, protocols 0 and 2.
const PYTHON_2: [&[u8]; 2] = [
    b"(dp1\nS'a'\nccollections\nOrderedDict\np2\n((lp3\n(lp4\nS'x'\naL1L\naa(lp5\nS'y'\naV\xe4\naatRp6\nsS'b'\nc__builtin__\nset\np7\n((lp8\nI1\natRp9\ns.",
    b"\x80\x02}q\x01(U\x01accollections\nOrderedDict\nq\x02]q\x03(]q\x04(U\x01x\x8a\x01\x01e]q\x05(U\x01yX\x02\x00\x00\x00\xc3\xa4ee\x85Rq\x06U\x01bc__builtin__\nset\nq\x07]q\x08K\x01a\x85Rq\tu.",
];

fn tolerant(bytes: &[u8]) -> Pickle {
    Pickle::decode_tolerant(bytes).unwrap_or_else(|error| panic!("{error}"))
}

fn of<'a>(object: Object<'a>, key: &str) -> Object<'a> {
    object.value_of(key).unwrap_or_else(|| panic!("{key} is there"))
}

#[test]
fn what_stands_around_unknown_objects_is_read() {
    for pickle in OBJECTS.map(tolerant) {
        let root = pickle.root();
        assert_eq!(of(root, "end").as_bool(), Some(false), "the last entry");
        let cfg = of(root, "cfg");
        assert_eq!(of(cfg, "a").as_integer(), Some(1), "a dictionary of a class of its own");
        assert!(cfg.is_dict() && !cfg.is_empty());
        assert_eq!(cfg.opaque_name().as_deref(), Some("easydict.EasyDict"));
        let seq = of(root, "seq").as_sequence().expect("a list of a class of its own");
        assert_eq!(seq.get(0).and_then(Object::as_integer), Some(7));
        assert_eq!(of(of(root, "od"), "b").as_bool(), Some(true));
        assert_eq!(of(of(root, "dd"), "c").as_integer(), Some(2));
        assert_eq!(of(root, "path").opaque_name().as_deref(), Some("pathlib.PurePosixPath"));
        assert!(of(root, "set").opaque_name().is_some_and(|name| name.ends_with("set")));
        assert_eq!(of(root, "big").opaque_name().as_deref(), Some("an integer beyond 64 bits"));
        assert_eq!(of(root, "odd").opaque_name().as_deref(), Some("a text that is no Unicode"));
        assert_eq!(of(root, "odd").as_text(), None);
    }
}

#[test]
fn numbers_of_numpy_are_numbers() {
    for pickle in OBJECTS.map(tolerant) {
        let root = pickle.root();
        assert_eq!(of(root, "f8").as_float(), Some(1.5));
        assert_eq!(of(root, "f4").as_float(), Some(0.25));
        assert_eq!(of(root, "f4").as_integer(), None);
        assert_eq!(of(root, "ok").as_bool(), Some(true));
        assert_eq!(of(root, "u").as_integer(), Some(9));
        let array = of(root, "arr").as_numbers().expect("an array of numbers");
        assert_eq!((array.shape, array.values), (vec![2, 2], vec![1.0, 2.0, 3.0, 4.0]));
        assert_eq!(of(root, "f8").as_numbers(), None);
    }
}

#[test]
fn a_strict_reading_names_what_it_refuses() {
    for bytes in OBJECTS {
        let error = Pickle::decode(bytes).expect_err("it holds objects");
        let known = |module: &str| module == "easydict" || module.starts_with("copy");
        assert!(matches!(&error, PickleError::Global { module, .. } if known(module)), "{error}");
    }
}

#[test]
fn python_2_kept_its_objects_in_other_ways() {
    for pickle in PYTHON_2.map(tolerant) {
        let ordered = of(pickle.root(), "a");
        assert_eq!(of(ordered, "x").as_integer(), Some(1));
        assert_eq!(of(ordered, "y").as_text().map(|text| &**text), Some("ä"));
        assert_eq!(of(pickle.root(), "b").opaque_name().as_deref(), Some("__builtin__.set"));
    }
    // An object of a class of the old style, beside 5.
    for bytes in [
        &b"(lp1\n(ieasydict\nOld\np2\n(dp3\nS'x'\nI1\nsbaI5\na."[..],
        b"]q\x01((ceasydict\nOld\nq\x02oq\x03}q\x04U\x01xK\x01sbK\x05e.",
    ] {
        let pickle = tolerant(bytes);
        let items = pickle.root().sequence().expect("a list");
        assert_eq!(items.get(0).and_then(Object::opaque_name).as_deref(), Some("easydict.Old"));
        assert_eq!(items.get(1).and_then(Object::as_integer), Some(5));
    }
}

#[test]
fn every_opcode_that_makes_an_object_is_passed_over() {
    let end = |bytes: &[u8]| {
        let pickle = tolerant(bytes);
        let items = pickle.root().sequence().expect("a list or a tuple");
        let first = items.get(0).and_then(Object::opaque_name).expect("an object");
        assert_eq!(items.get(items.len() - 1).and_then(Object::as_integer), Some(5));
        first
    };
    assert_eq!(end(b"Pabc\nK\x05\x86."), "a reference to what is stored elsewhere");
    assert_eq!(end(b"K\x01QK\x05\x86."), "a reference to what is stored elsewhere");
    assert_eq!(end(b"\x82\x01K\x05\x86."), "an object of a registered extension");
    assert_eq!(end(b"\x83\x01\x00K\x05\x86."), "an object of a registered extension");
    assert_eq!(end(b"\x84\x01\x00\x00\x00K\x05\x86."), "an object of a registered extension");
    assert_eq!(end(b"\x8f(K\x01K\x02\x90K\x05\x86."), "a set");
    assert_eq!(end(b"(K\x01\x91K\x05\x86."), "a set");
    assert_eq!(end(b"ca\nB\n)}\x92K\x05\x86."), "a.B");
    assert_eq!(end(b"\x97\x98K\x05\x86."), "a buffer that is stored elsewhere");
    assert_eq!(end(b"ca\nmake\n)R)RK\x05\x86."), "a.make", "what a call gave is called");
    assert_eq!(end(b"c__builtin__\ngetattr\n(ca\nB\nVc\ntRK\x05\x86."), "an attribute of something");
}

#[test]
fn a_broken_pickle_is_an_error_all_the_same() {
    for whole in OBJECTS.iter().chain(&PYTHON_2) {
        for length in 0..whole.len() {
            Pickle::decode_tolerant(&whole[..length]).expect_err("a pickle without its end");
        }
    }
    for bytes in [&b"\x81."[..], b"(o.", b"ca\nB\nN", b"\x90.", b"\xff.", b"Nb.", b"I1x\n."] {
        Pickle::decode_tolerant(bytes).expect_err("no pickle");
    }
}

#[test]
fn no_byte_makes_it_panic() {
    for whole in OBJECTS.iter().chain(&PYTHON_2) {
        for position in 0..whole.len() {
            for bit in 0..8 {
                let mut bytes = whole.to_vec();
                bytes[position] ^= 1 << bit;
                let Ok(pickle) = Pickle::decode_tolerant(&bytes) else { continue };
                let root = pickle.root();
                for key in ["cfg", "od", "dd", "path", "seq", "f8", "ok", "u", "arr", "a", "b"] {
                    let Some(object) = root.value_of(key) else { continue };
                    let _ = (object.as_integer(), object.as_float(), object.as_bool(), object.as_numbers());
                    let _ = (object.opaque_name(), object.as_sequence().is_some(), object.describe());
                }
            }
        }
    }
}

#[test]
fn nothing_is_copied_over_and_over() {
    // One list of 10,000 pairs, of which 10,000 dictionaries are to be made: 10^8 entries, if they were copied.
    let mut bytes = b"ccollections\nOrderedDict\nq\x00(](".to_vec();
    bytes.extend(b"NN\x86".repeat(10_000));
    bytes.extend(b"etq\x01");
    bytes.extend(b"h\x00h\x01R".repeat(10_000));
    bytes.push(b'.');
    let error = Pickle::decode_tolerant(&bytes).expect_err("it would be too much");
    assert!(error.to_string().contains("copied"), "{error}");
}
