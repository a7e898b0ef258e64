import type { Texts } from "./texts.ts";

export const fr: Texts = {
  yourBank: "votre banque",
  opening: "Ouverture…",
  sending: "Envoi…",
  nextTitle: "La suite",
  next: ({ product, bank }) => [
    {
      title: "Une fenêtre sécurisée s’ouvre",
      text: `Elle est fournie par Plaid, le service qui relie ${product} à votre banque.`,
    },
    {
      title: `Vous vous connectez à ${bank}`,
      text: "Comme vous le faites toujours. Votre banque vous conduira peut-être à sa propre page ou application.",
    },
    {
      title: "Nous vérifions que tout fonctionne",
      text: "Le résultat s’affiche ici. Le tout prend généralement environ une minute.",
    },
  ],
  privacy: ({ product, bank }) =>
    `Vous vous connectez à ${bank} par l’intermédiaire de Plaid. ${product} ne voit jamais votre mot de passe.`,
  noScript: "Cette page a besoin de JavaScript. Activez-le ou ouvrez le lien dans un autre navigateur.",
  muted: "Nous ne vous écrivons plus au sujet de cette connexion. Vous pouvez toujours utiliser cette page.",
  support: "Des questions\u00a0? Écrivez à {address}",

  panels: ({ product, bank, Bank }) => ({
    ready: {
      title: `Reconnectez ${bank}`,
      lead: `${Bank} vous demande de vous identifier à nouveau. D’ici là, ${product} ne peut pas mettre à jour vos comptes.`,
      action: "S’identifier et reconnecter",
    },
    expiring: {
      title: `Renouvelez votre connexion avec ${bank}`,
      lead: `Votre autorisation permettant à ${product} de consulter vos comptes prend fin le {date}. Tout fonctionne jusque-là. Renouvelez-la maintenant, et rien ne sera interrompu.`,
      action: "S’identifier et renouveler",
    },
    expiring_at_bank: {
      title: `Renouvelez votre connexion avec ${bank}`,
      lead: `${Bank} change sa manière de se connecter à ${product}. Votre connexion fonctionne jusqu’au {date}. Renouvelez-la maintenant, et rien ne sera interrompu.`,
      action: "S’identifier et renouveler",
    },
    new_accounts: {
      title: `Choisissez vos comptes chez ${bank}`,
      lead: `${Bank} propose un compte que ${product} ne voit pas encore. À vous de décider si vous souhaitez le partager. Votre connexion fonctionne dans tous les cas.`,
      action: "Choisir les comptes",
    },
    revoked: {
      title: "L’accès a été désactivé",
      lead: `${product} n’a plus l’autorisation de consulter vos comptes chez ${bank}\u00a0: elle a été retirée auprès de la banque ou de Plaid. Si c’est ce que vous vouliez, il n’y a rien à faire. Sinon, vous pouvez la redonner.`,
      action: "Redonner l’accès",
    },
    finish: {
      title: `Terminez la reconnexion avec ${bank}`,
      lead: "Votre banque vous a renvoyé ici. Encore un geste, et la connexion est rétablie.",
      action: "Terminer la reconnexion",
    },
    continue: {
      title: "Heureux de vous revoir",
      lead: `Nous terminons la connexion avec ${bank}. Veuillez garder cette page ouverte.`,
      action: "Continuer",
    },
    restart: {
      title: "Essayons encore une fois",
      lead: "L’identification auprès de votre banque a duré plus longtemps que sa durée de validité. Rien n’est perdu\u00a0: veuillez recommencer.",
      action: "Recommencer",
    },
    returned: {
      title: "Heureux de vous revoir",
      lead: `Nous regardons comment cela s’est passé avec ${bank}. Veuillez garder cette page ouverte.`,
    },
    checking: {
      title: "Vérification de la connexion",
      lead: `Votre identification a réussi. Nous nous assurons que ${product} peut mettre à jour vos comptes.`,
    },
    done: {
      title: "La connexion est rétablie",
      lead: `${product} peut mettre à jour vos comptes chez ${bank}. Vous pouvez fermer cette page.`,
    },
    done_expiring: {
      title: "Votre connexion est renouvelée",
      lead: `${product} peut continuer à mettre à jour vos comptes chez ${bank}. Vous pouvez fermer cette page.`,
    },
    done_new_accounts: {
      title: "Votre choix est enregistré",
      lead: `${product} voit les comptes que vous avez choisis chez ${bank}, et aucun autre. Vous pouvez fermer cette page.`,
    },
    later: {
      title: "Merci, c’est tout",
      lead: `La confirmation par ${bank} prend un peu plus de temps. Nous continuons à vérifier\u00a0: vous n’avez plus rien à faire. Vous pouvez fermer cette page.`,
    },
    closed: {
      title: "Connexion pas encore rétablie",
      lead: "La fenêtre a été fermée avant la fin de l’identification. Rien n’a changé. Vous pouvez continuer maintenant, ou revenir plus tard avec le lien de votre e-mail.",
      action: "S’identifier et reconnecter",
    },
    closed_expiring: {
      title: "Connexion pas encore renouvelée",
      lead: "La fenêtre a été fermée avant la fin de l’identification. Votre connexion fonctionne toujours. Vous pouvez continuer maintenant, ou revenir plus tard avec le lien de votre e-mail.",
      action: "S’identifier et renouveler",
    },
    closed_new_accounts: {
      title: "Rien n’a été modifié",
      lead: "La fenêtre a été fermée avant votre choix. Votre connexion fonctionne comme avant. Vous pouvez continuer maintenant, ou revenir plus tard avec le lien de votre e-mail.",
      action: "Choisir les comptes",
    },
    failed: {
      title: "Cela n’a pas fonctionné",
      lead: "Votre banque n’a pas terminé l’identification.",
      action: "Réessayer",
      note: "Si cela se reproduit, identifiez-vous d’abord sur le site de la banque. Elle attend peut-être une confirmation de votre part.",
    },
    unreachable: {
      title: "Connexion impossible pour le moment",
      lead: "Vérifiez que vous êtes en ligne, puis réessayez dans un instant. Rien n’a changé, et votre lien reste valable.",
      action: "Réessayer",
    },
    plaid_down: {
      title: "Veuillez réessayer dans quelques minutes",
      lead: "Le service qui nous relie à votre banque ne répond pas pour le moment. Ce n’est pas de votre faute. Rien n’est perdu, et votre lien reste valable.",
      action: "Réessayer",
    },
    blocked: {
      title: "La fenêtre sécurisée ne s’est pas ouverte",
      lead: "Quelque chose l’empêche de se charger\u00a0: un bloqueur de contenu, un réseau d’entreprise ou une connexion faible. Désactivez le bloqueur pour cette page, ou utilisez un autre navigateur ou réseau, puis réessayez.",
      action: "Réessayer",
    },
    busy: {
      title: "Un instant, s’il vous plaît",
      lead: "Il y a eu beaucoup de tentatives en peu de temps. Attendez quelques minutes, puis réessayez.",
      action: "Réessayer",
    },
    expired: {
      title: "Ce lien a expiré",
      lead: "Pour votre sécurité, les liens de nos e-mails fonctionnent pendant une durée limitée. Nous pouvons vous envoyer un e-mail avec un nouveau lien.",
      action: "M’envoyer un nouvel e-mail",
    },
    mail_asked: {
      title: "Consultez votre boîte de réception",
      lead: `Si votre connexion a encore besoin de vous, un nouvel e-mail de ${product} arrivera dans les prochaines minutes, à l’adresse que ${product} connaît. Utilisez le lien qu’il contient. Vous pouvez fermer cette page.`,
    },
    fixed: {
      title: "C’est déjà réglé",
      lead: `La connexion avec ${bank} fonctionne, et ${product} peut mettre à jour vos comptes. Il n’y a plus rien à faire. Vous pouvez fermer cette page.`,
    },
    older_mail: {
      title: "Il existe un e-mail plus récent",
      lead: `La situation avec ${bank} a changé depuis l’envoi de cet e-mail. Veuillez utiliser le lien de l’e-mail le plus récent de ${product}. S’il n’est pas encore arrivé, il arrivera dans quelques minutes.`,
    },
    displaced: {
      title: "Une connexion plus récente est active",
      lead: `Entre-temps, vous avez de nouveau connecté ${bank} à ${product}, et cette connexion fonctionne. Elle remplace celle-ci, plus ancienne\u00a0: vous n’avez rien à faire ici. Vous pouvez fermer cette page.`,
      note: `Il vous manque un compte\u00a0? Ouvrez ${product} et regardez quels comptes la connexion la plus récente partage. Rétablir l’ancienne pourrait mettre fin à la nouvelle.`,
    },
    removed: {
      title: "Cette connexion a été supprimée",
      lead: `${product} n’est plus relié à ${bank}\u00a0: il n’y a donc rien à réparer. Si vous souhaitez rétablir la connexion, ouvrez ${product} et connectez ${bank} de nouveau.`,
    },
    degraded: {
      title: `${Bank} rencontre des difficultés`,
      lead: "Le service en ligne de la banque ne répond pas comme il le devrait. Vous ne pouvez pas y remédier, et vous n’avez rien à faire. En général, les connexions reviennent d’elles-mêmes.",
      note: "Votre lien reste valable\u00a0: si vous en avez encore besoin dans quelques heures, ouvrez-le de nouveau.",
    },
    needs_new_item: {
      title: `Veuillez connecter ${bank} de nouveau`,
      lead: `${Bank} ne prend plus en charge cette connexion\u00a0: s’identifier ici ne la rétablirait pas. Ouvrez ${product} et ajoutez ${bank} comme nouvelle connexion.`,
    },
    cannot_renew: {
      title: `Veuillez connecter ${bank} de nouveau`,
      lead: `L’accès à vos comptes a été désactivé définitivement\u00a0: il ne peut pas être redonné ici. Si vous souhaitez le rétablir, ouvrez ${product} et ajoutez ${bank} comme nouvelle connexion.`,
    },
    needs_developer: {
      title: "Nous nous en occupons",
      lead: `La connexion avec ${bank} rencontre un problème technique de notre côté. S’identifier n’y changerait rien, et vous n’avez rien à faire.`,
    },
  }),

  bankAction: ({ bank, Bank }) => ({
    title: `Deux étapes pour reconnecter ${bank}`,
    first: {
      unlock: {
        why: `Votre accès en ligne chez ${bank} est verrouillé. Les banques le font pour vous protéger.`,
        step: {
          title: "Déverrouillez votre accès en ligne auprès de la banque",
          text: "Utilisez le site ou l’application de la banque, ou appelez le numéro figurant sur votre carte.",
        },
      },
      reset_password: {
        why: `${Bank} vous demande de choisir un nouveau mot de passe avant de vous identifier à nouveau.`,
        step: {
          title: "Choisissez un nouveau mot de passe auprès de la banque",
          text: "Utilisez le site ou l’application de la banque, comme vous le faites toujours.",
        },
      },
      finish_setup: {
        why: `${Bank} vous demande de terminer d’abord une démarche dans votre banque en ligne, par exemple d’accepter de nouvelles conditions.`,
        step: {
          title: "Terminez-la auprès de la banque",
          text: "Identifiez-vous sur le site ou dans l’application de la banque, et suivez ce qui vous y est demandé.",
        },
      },
    },
    last: {
      title: "Revenez ici et reconnectez",
      text: "Identifiez-vous encore une fois avec le bouton ci-dessous. Cela prend une minute.",
    },
    action: "C’est fait, reconnecter",
  }),

  notices: (product) => ({
    not_found: {
      title: "Cette page n’existe pas",
      lead: "Si vous venez d’un e-mail, vérifiez que le lien a été ouvert en entier, ou appuyez encore une fois sur son bouton.",
    },
    reopen: {
      title: "Ouvrez de nouveau le lien de votre e-mail",
      lead: `Pour protéger votre lien, cette page ne le conserve pas. Appuyez encore une fois sur le bouton de l’e-mail de ${product}, et vous serez de retour.`,
    },
    almost: {
      title: "C’est presque terminé",
      lead: "Votre banque vous a renvoyé dans un autre navigateur que celui où vous aviez commencé. Ouvrez encore une fois le lien de votre e-mail, ici dans ce navigateur, pour terminer.",
      todo: [
        { title: "Allez à l’e-mail", text: "Appuyez longuement sur son bouton, et copiez le lien." },
        {
          title: "Collez-le dans la barre d’adresse de ce navigateur",
          text: "Votre identification auprès de la banque est conservée 30 minutes\u00a0: vous n’aurez pas à la refaire.",
        },
      ],
    },
    elsewhere: {
      title: "Ouvrez de nouveau le lien de votre e-mail",
      lead: `Vous voici de retour dans un autre navigateur que celui où vous aviez commencé. Ce que vous avez fait est conservé. Appuyez encore une fois sur le bouton de l’e-mail de ${product} pour voir le résultat.`,
    },
    unavailable: {
      title: "Cette page n’est pas disponible pour le moment",
      lead: "C’est de notre faute, pas de la vôtre. Veuillez rouvrir le lien dans quelques minutes\u00a0; il reste valable.",
    },
  }),

  errors: {
    INVALID_CREDENTIALS: "La banque n’a pas reconnu l’identifiant ou le mot de passe.",
    INVALID_MFA: "La banque n’a pas accepté le code ou la réponse.",
    INSUFFICIENT_CREDENTIALS: "L’identification auprès de la banque n’a pas été terminée.",
    ITEM_LOCKED:
      "La banque a verrouillé l’accès en ligne. Déverrouillez-le d’abord sur le site ou dans l’application de la banque.",
    PASSWORD_RESET_REQUIRED:
      "La banque demande un nouveau mot de passe. Choisissez-en un d’abord sur le site ou dans l’application de la banque.",
    USER_SETUP_REQUIRED: "La banque vous demande de terminer d’abord une démarche dans votre banque en ligne.",
    USER_INPUT_TIMEOUT: "La banque attendait une réponse et a abandonné.",
    INSTITUTION_DOWN: "La banque n’est pas joignable pour le moment. Veuillez réessayer plus tard.",
    INSTITUTION_NOT_RESPONDING: "La banque ne répond pas pour le moment. Veuillez réessayer plus tard.",
    INSTITUTION_NOT_AVAILABLE: "La banque n’est pas joignable pour le moment. Veuillez réessayer plus tard.",
    ACCESS_NOT_GRANTED: "La banque n’a pas reçu votre autorisation pour la connexion.",
    NO_ACCOUNTS: "La banque ne partage aucun compte adapté. Choisissez-y au moins un compte.",
  },
};
