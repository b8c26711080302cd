"""Every kind of the leaderboard, from simple to complex: the order decides which is chosen where several are as good.

Simple is what has less to learn, to keep and to explain: no text, counts, one weight a word, learnt vectors, trees, a network of
millions. To add a kind: a file here with ``fit`` (and ``represent``, where it does not see texts), and its line.
"""

from typing import Final

from reviewloop.models.learners import (
    bag_of_ngrams,
    boosted_trees,
    frozen_encoder,
    linear_svm,
    majority,
    naive_bayes,
    tfidf_regression,
)
from reviewloop.models.learners.frozen_encoder import FIRST_TOKEN, MEAN, fit_on
from reviewloop.models.learners.protocol import Learner

LEARNERS: Final = (
    Learner("majority", "The sentiments' shares, whatever is written.", majority.fit),
    Learner("naive Bayes", "Complement naive Bayes on counts of words and pairs.", naive_bayes.fit, space=naive_bayes.SPACE),
    Learner("linear SVM", "On TF-IDF; probabilities are the softmax of its margins.", linear_svm.fit, space=linear_svm.SPACE),
    Learner(
        "TF-IDF + LR", "Logistic regression on TF-IDF: today's baseline.", tfidf_regression.fit, space=tfidf_regression.SPACE,
    ),
    Learner(
        "bag of n-grams", "fastText's way: the mean vector of words and pairs, a linear layer.",
        bag_of_ngrams.fit, share=2, space=bag_of_ngrams.SPACE,
    ),
    Learner(
        "boosted trees", "On 100 directions of TF-IDF and the features of a text.",
        boosted_trees.fit, boosted_trees.represent, share=3, space=boosted_trees.SPACE,
    ),
    Learner(
        "frozen encoder, first token", "Logistic regression on the encoder's vector of the first token.",
        fit_on(FIRST_TOKEN), frozen_encoder.represent, "encoder", share=6, space=frozen_encoder.SPACE,
    ),
    Learner(
        "frozen encoder, mean", "Logistic regression on the mean of the encoder's vectors.",
        fit_on(MEAN), frozen_encoder.represent, "encoder", share=2, space=frozen_encoder.SPACE,
    ),
)  # fmt: skip
